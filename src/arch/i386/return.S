/*
 * The way back into A, from B or from C', with paging off. A reads the peer's
 * re-entry point at 0(%esp): there is none, 0. arch_return_trampoline() fills
 * in the parameters.
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

start:
	cli
	cld
	/* The address of `here` is what the call pushes on the peer's stack. */
	call	here
here:
	popl	%esi
	leal	stack_top - here(%esi), %esp
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
