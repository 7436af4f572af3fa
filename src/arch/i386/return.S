/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way back into A, from B, C' or C, with paging off. From C it first carries
 * out the copy list, which puts A's pages into place. Nothing is needed for that
 * but the trampoline's own page and the list, so C's memory may be written over.
 * At its re-entry point A looks at 0(%esp) for an address where it could enter
 * us again: 0, since nobody waits here. arch_copying_trampoline() fills in the parameters.
 */
	.code32
	.section .text
	.globl return_blob, return_blob_end
	.balign 16
return_blob:
	jmp	start
	.balign 4
entry:		.long 0
cr4:		.long 0
list:		.long 0	/* struct copy_item (kexec/copy_list.h) */
count:		.long 0

start:
	cli
	cld
	/* The only way to learn our own address: the call pushes that of `here`, on whatever stack there is. */
	call	here
here:
	popl	%esi
	leal	stack_top - here(%esi), %esp
	movl	list - here(%esi), %ebx
	movl	count - here(%esi), %ebp
	pushl	%esi
next_item:
	testl	%ebp, %ebp
	jz	arrived
	movl	0(%ebx), %edi
	movl	4(%ebx), %esi
	movl	8(%ebx), %ecx
	shll	$12, %edi
	shll	$12, %esi
	shll	$8, %ecx		/* pages to blocks of 16 bytes */
	jz	item_done
	testl	%esi, %esi
	jz	clear
	/* Plain moves, not string instructions: see base/copy.h. */
copy:
	movl	0(%esi), %eax
	movl	4(%esi), %edx
	movl	%eax, 0(%edi)
	movl	%edx, 4(%edi)
	movl	8(%esi), %eax
	movl	12(%esi), %edx
	movl	%eax, 8(%edi)
	movl	%edx, 12(%edi)
	addl	$16, %esi
	addl	$16, %edi
	decl	%ecx
	jnz	copy
	jmp	item_done
clear:
	movl	%esi, 0(%edi)
	movl	%esi, 4(%edi)
	movl	%esi, 8(%edi)
	movl	%esi, 12(%edi)
	addl	$16, %edi
	decl	%ecx
	jnz	clear
item_done:
	addl	$16, %ebx
	decl	%ebp
	jmp	next_item
arrived:
	popl	%esi
	/* A CPU without CR4 has no bits to set either. */
	movl	cr4 - here(%esi), %eax
	testl	%eax, %eax
	jz	enter
	movl	%eax, %cr4
	/*
	 * With PAE A's tables may have no-execute bits, which are reserved bits
	 * unless EFER.NXE is set; a kernel without PAE never sets it.
	 */
	movl	$0x80000000, %eax
	cpuid
	cmpl	$0x80000001, %eax
	jb	enter
	movl	$0x80000001, %eax
	cpuid
	btl	$20, %edx		/* NX */
	jnc	enter
	movl	$0xc0000080, %ecx	/* EFER */
	rdmsr
	btsl	$11, %eax		/* NXE */
	wrmsr
enter:
	jmp	*entry - here(%esi)

	.balign 16
	.skip	64
stack_top:
	.long	0
return_blob_end:
	.section .note.GNU-stack, "", @progbits
