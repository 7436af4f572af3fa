/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way back into A, from B, C' or C. Switches to page tables of its own,
 * because those that kexec made for us cover only our RAM, not the page of A
 * that holds the re-entry point. From C it first carries
 * out the copy list, which puts A's pages into place. Nothing is needed for that
 * but the trampoline's own pages and the list, so C's memory may be written
 * over. At its re-entry point A looks at 0(%rsp) for an address where it could
 * enter us again: 0, since nobody waits here. arch_copying_trampoline() fills in the parameters.
 *
 * What A's code (relocate_kernel_64.S, Linux 6.1 to 6.12) takes for granted, since it is what A itself left behind when it
 * jumped, is provided here, whatever the kernel that we come from has set:
 *   paging mode  A loads its CR3 and, later, its CR4. CR4.LA57 cannot change in long mode (Intel SDM volume 3, 4.1.1).
 *   CR0.WP       A loads its CR4 before its CR0, and CR4.CET may not be set while CR0.WP is clear (Intel SDM volume 3, 2.5).
 *   CR4.PCIDE    as A left it: clear, until A sets it with a CR3 whose low bits are zero (Intel SDM volume 3, 4.10.1).
 *   EFER.NXE     A's page tables have no-execute bits, which are reserved bits without it.
 *   S_CET        zero, or A's first return after it has set CR4.CET would look for a shadow stack, or a call for an ENDBR.
 *   CS           A's selector for its code, as an interrupt's return loads it again.
 */
/* Bits of CR4. */
#define PAE 5
#define LA57 12

/* Model-specific registers. */
#define EFER 0xc0000080
#define S_CET 0x6a2

/* Selectors, the same as Linux's (arch/x86/include/asm/segment.h). */
#define CODE_SEGMENT_32 0x08
#define CODE_SEGMENT 0x10
#define DATA_SEGMENT 0x18

	.code64
	.section .text
	.globl return_blob, return_blob_end
	.balign 16
return_blob:
	jmp	start
	.balign 8
entry:		.quad 0
root_4:		.quad 0	/* page tables with 4 levels */
root_5:		.quad 0	/* and with one more above them */
levels_5:	.quad 0	/* does A use 5 levels? */
list:		.quad 0	/* struct copy_item (kexec/copy_list.h) */
count:		.quad 0

start:
	cli
	cld
	leaq	stack_top(%rip), %rsp
	movq	root_4(%rip), %rax
	movq	%cr4, %rdx
	btl	$LA57, %edx
	cmovcq	root_5(%rip), %rax
	movq	%rax, %cr3
	/* An interrupt that cannot be masked resets the machine, in place of running what lies by now where a kernel's handlers were. */
	lidt	no_idt(%rip)
	/* Of CR4 only what paging needs stays. Large pages need no bit in long mode. */
	andl	$(1 << LA57), %edx
	orl	$(1 << PAE), %edx
	movq	%rdx, %cr4
	movq	list(%rip), %rbx
	movq	count(%rip), %rbp
next_item:
	testq	%rbp, %rbp
	jz	arrived
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
arrived:
	/* Segments as Linux has them, from a table of our own, since the one in use may have been written over. */
	leaq	gdt(%rip), %rax
	movq	%rax, gdt_base(%rip)
	lgdt	gdt_limit(%rip)
	movl	$DATA_SEGMENT, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	leaq	long_mode(%rip), %rbp
	movq	%cr4, %rax
	shrl	$LA57, %eax
	xorl	levels_5(%rip), %eax
	testl	$1, %eax
	jz	same_levels

	/* The number of levels can only change with paging off, for which the CPU has to leave long mode. */
	movq	root_4(%rip), %rbx
	testl	$1, levels_5(%rip)
	cmovnzq	root_5(%rip), %rbx
	leaq	protected_mode(%rip), %rax
	pushq	$CODE_SEGMENT_32
	pushq	%rax
	lretq
	.code32
protected_mode:
	movl	%cr0, %eax
	btrl	$31, %eax		/* PG */
	movl	%eax, %cr0
	/* EFER.LME should still be set, but some hypervisors clear it with CR0.PG. */
	movl	$EFER, %ecx
	rdmsr
	btsl	$8, %eax
	jc	long_mode_enabled
	wrmsr
long_mode_enabled:
	movl	%cr4, %eax
	btcl	$LA57, %eax
	movl	%eax, %cr4
	movl	%ebx, %cr3
	movl	%cr0, %eax
	btsl	$31, %eax
	movl	%eax, %cr0
	pushl	$CODE_SEGMENT
	pushl	%ebp
	lretl

	.code64
same_levels:
	pushq	$CODE_SEGMENT
	pushq	%rbp
	lretq
long_mode:
	/* Its upper half is undefined after a time outside of 64-bit mode. */
	leaq	stack_top(%rip), %rsp
	/* Protected mode, no task switched, math errors reported, write protection, paging. */
	movl	$0x80010033, %eax
	movq	%rax, %cr0

	movl	$0x80000001, %eax
	cpuid
	btl	$20, %edx		/* NX */
	jnc	nx_enabled
	movl	$EFER, %ecx
	rdmsr
	btsl	$11, %eax		/* NXE */
	jc	nx_enabled
	wrmsr
nx_enabled:
	xorl	%eax, %eax
	cpuid
	cmpl	$7, %eax
	jb	enter
	movl	$7, %eax
	xorl	%ecx, %ecx
	cpuid
	btl	$20, %edx		/* IBT */
	jc	clear_cet
	btl	$7, %ecx		/* shadow stacks */
	jnc	enter
clear_cet:
	movl	$S_CET, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
enter:
	movq	entry(%rip), %rax
	jmpq	*%rax

	.balign 8
gdt:
	.quad	0
	.quad	0x00cf9a000000ffff	/* CODE_SEGMENT_32 */
	.quad	0x00af9a000000ffff	/* CODE_SEGMENT */
	.quad	0x00cf92000000ffff	/* DATA_SEGMENT */
gdt_limit:
	.word	. - gdt - 1
gdt_base:
	.quad	0
no_idt:
	.word	0
	.quad	0
	.balign 16
	.skip	128
stack_top:
	.quad	0
return_blob_end:
	.section .note.GNU-stack, "", @progbits
