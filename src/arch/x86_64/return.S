/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way back into A, from B, C' or C. Switches to page tables of its own,
 * because those that kexec made for us cover only our RAM, not the page of A
 * that holds the re-entry point. From C it first carries
 * out the copy list, which puts A's pages into place. Nothing is needed for that
 * but the trampoline's own pages and the list, so C's memory may be written
 * over. At its re-entry point A looks at 0(%rsp) for an address where it could
 * enter us again: 0, since nobody waits here. arch_copying_trampoline() fills in the parameters.
 */
	.code64
	.section .text
	.globl return_blob, return_blob_end
	.balign 16
return_blob:
	jmp	start
	.balign 8
entry:		.quad 0
page_table:	.quad 0
list:		.quad 0	/* struct copy_item (kexec/copy_list.h) */
count:		.quad 0

start:
	cli
	cld
	movq	page_table(%rip), %rax
	movq	%rax, %cr3
	leaq	stack_top(%rip), %rsp
	movq	list(%rip), %rbx
	movq	count(%rip), %rbp
next_item:
	testq	%rbp, %rbp
	jz	enter
	movl	0(%rbx), %edi
	movl	4(%rbx), %esi
	movl	8(%rbx), %ecx
	shlq	$12, %rdi
	shlq	$12, %rsi
	shlq	$6, %rcx		/* pages to blocks of 64 bytes */
	jz	item_done
	testq	%rsi, %rsi
	jz	clear
	/* Plain moves, not string instructions: see base/copy.h. */
copy:
	movq	0(%rsi), %rax
	movq	8(%rsi), %rdx
	movq	16(%rsi), %r8
	movq	24(%rsi), %r9
	movq	32(%rsi), %r10
	movq	40(%rsi), %r11
	movq	48(%rsi), %r12
	movq	56(%rsi), %r13
	movq	%rax, 0(%rdi)
	movq	%rdx, 8(%rdi)
	movq	%r8, 16(%rdi)
	movq	%r9, 24(%rdi)
	movq	%r10, 32(%rdi)
	movq	%r11, 40(%rdi)
	movq	%r12, 48(%rdi)
	movq	%r13, 56(%rdi)
	addq	$64, %rsi
	addq	$64, %rdi
	decq	%rcx
	jnz	copy
	jmp	item_done
clear:
	movq	%rsi, 0(%rdi)
	movq	%rsi, 8(%rdi)
	movq	%rsi, 16(%rdi)
	movq	%rsi, 24(%rdi)
	movq	%rsi, 32(%rdi)
	movq	%rsi, 40(%rdi)
	movq	%rsi, 48(%rdi)
	movq	%rsi, 56(%rdi)
	addq	$64, %rdi
	decq	%rcx
	jnz	clear
item_done:
	addq	$16, %rbx
	decq	%rbp
	jmp	next_item
enter:
	movq	entry(%rip), %rax
	jmpq	*%rax

	.balign 16
	.skip	64
stack_top:
	.quad	0
return_blob_end:
	.section .note.GNU-stack, "", @progbits
