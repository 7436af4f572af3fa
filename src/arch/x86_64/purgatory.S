/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entered from A's kexec jump (relocate_kernel_64.S *calls* the entry point,
 * so 0(%rsp) is the address where A wants to be re-entered), or plainly from
 * C. Goes back into A at once where A has taken back its permit (arch.h). Else it
 * writes the re-entry point in hex into the command line's slot, then
 * enters the kernel by the 64-bit boot protocol (boot.rst). Position-independent:
 * the parameters below are filled in by arch_purgatory().
 */
	.code64
	.section .text
	.globl purgatory_blob, purgatory_blob_end
	.balign 16
purgatory_blob:
	jmp	start
	.balign 8
kernel_entry:	.quad 0
boot_params:	.quad 0
slot:		.quad 0
word:		.quad 0
token:		.quad 0

start:
	cli
	cld
	movq	word(%rip), %rcx
	testq	%rcx, %rcx
	jz	go_on
	movq	token(%rip), %rdx
	cmpq	%rdx, (%rcx)
	je	go_on
	/*
	 * A's code cleared CR0.WP before it called us, and loads CR4 before CR0: CR4.CET may not be set while CR0.WP is clear
	 * (Intel SDM volume 3, 2.5). All else is still A's. The return address stays on the stack: up to Linux 6.13 that code
	 * reads it there, and what lies above it might be in no page.
	 */
	movq	%cr0, %rax
	orl	$0x10000, %eax		/* WP */
	movq	%rax, %cr0
	jmpq	*(%rsp)

go_on:
	/* Without a slot nobody called, and there may be no memory behind the end of the stack (Linux 6.14 and later). */
	movq	slot(%rip), %rdi
	testq	%rdi, %rdi
	jz	enter
	movq	(%rsp), %rax
	movl	$16, %ecx
digit:
	rolq	$4, %rax
	movl	%eax, %edx
	andl	$15, %edx
	addl	$'0', %edx
	cmpl	$'9', %edx
	jbe	1f
	addl	$'a' - '0' - 10, %edx
1:	movb	%dl, (%rdi)
	incq	%rdi
	decl	%ecx
	jnz	digit

enter:
	leaq	stack_top(%rip), %rsp
	/* The boot protocol wants flat segments at selectors 0x10 and 0x18. */
	leaq	gdt(%rip), %rax
	movq	%rax, gdt_base(%rip)
	lgdt	gdt_limit(%rip)
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	leaq	flat(%rip), %rax
	pushq	$0x10
	pushq	%rax
	lretq
flat:
	movq	boot_params(%rip), %rsi
	movq	kernel_entry(%rip), %rax
	xorl	%ebx, %ebx
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	jmpq	*%rax

	.balign 8
gdt:
	.quad	0, 0
	.quad	0x00af9a000000ffff	/* 0x10: 64-bit code */
	.quad	0x00cf92000000ffff	/* 0x18: data */
gdt_limit:
	.word	. - gdt - 1
gdt_base:
	.quad	0
	.balign 16
	.skip	64
stack_top:
purgatory_blob_end:
	.section .note.GNU-stack, "", @progbits
