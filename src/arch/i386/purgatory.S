/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entered from A's kexec jump with paging off (relocate_kernel_32.S *calls*
 * the entry point, so 0(%esp) is the address where A wants to be re-entered),
 * or plainly from C. Goes back into A at once where A has taken back its permit
 * (arch.h). Else it writes the re-entry point in hex into the last half of
 * the command line's slot, then enters the kernel by the 32-bit boot protocol
 * (boot.rst). Position-independent: the parameters below are filled in by
 * arch_purgatory().
 */
	.code32
	.section .text
	.globl purgatory_blob, purgatory_blob_end
	.balign 16
purgatory_blob:
	jmp	start
	.balign 4
kernel_entry:	.long 0
boot_params:	.long 0
slot:		.long 0
word:		.long 0
token:		.long 0, 0
cr4:		.long 0

start:
	cli
	cld
	/* The only way to learn our own address: the call pushes that of `here`, still on A's stack. */
	call	here
here:
	popl	%ebx
	movl	word - here(%ebx), %ecx
	testl	%ecx, %ecx
	jz	go_on
	movl	token - here(%ebx), %eax
	cmpl	%eax, (%ecx)
	jne	back
	movl	token + 4 - here(%ebx), %eax
	cmpl	%eax, 4(%ecx)
	je	go_on
back:
	/*
	 * A's code cleared CR4 before it called us, and turns paging on before it loads CR4: with PAE tables it has to find
	 * CR4.PAE set. All else is still A's. The return address stays on the stack, where that code reads it. A CPU without
	 * CR4 has no bits to set either.
	 */
	movl	cr4 - here(%ebx), %eax
	testl	%eax, %eax
	jz	1f
	movl	%eax, %cr4
1:	jmp	*(%esp)

go_on:
	movl	(%esp), %eax
	leal	stack_top - here(%ebx), %esp
	movl	slot - here(%ebx), %edi
	testl	%edi, %edi
	jz	enter
	/* The slot has 16 digits. */
	addl	$8, %edi
	movl	$8, %ecx
digit:
	roll	$4, %eax
	movl	%eax, %edx
	andl	$15, %edx
	addl	$'0', %edx
	cmpl	$'9', %edx
	jbe	1f
	addl	$'a' - '0' - 10, %edx
1:	movb	%dl, (%edi)
	incl	%edi
	decl	%ecx
	jnz	digit

enter:
	/* The boot protocol wants flat segments at selectors 0x10 and 0x18. */
	leal	gdt - here(%ebx), %eax
	movl	%eax, gdt_base - here(%ebx)
	lgdt	gdt_limit - here(%ebx)
	movl	$0x18, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	leal	flat - here(%ebx), %eax
	pushl	$0x10
	pushl	%eax
	lretl
flat:
	movl	boot_params - here(%ebx), %esi
	movl	kernel_entry - here(%ebx), %eax
	xorl	%ebx, %ebx
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	jmp	*%eax

	.balign 8
gdt:
	.quad	0, 0
	.quad	0x00cf9a000000ffff	/* 0x10: code */
	.quad	0x00cf92000000ffff	/* 0x18: data */
gdt_limit:
	.word	. - gdt - 1
gdt_base:
	.long	0
	.balign 16
	.skip	64
stack_top:
purgatory_blob_end:
	.section .note.GNU-stack, "", @progbits
