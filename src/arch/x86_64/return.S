/*
 * The way back into A, from B or from C'. Switches to page tables of its own,
 * because those that kexec made for us cover only our RAM, not the page of A
 * that holds the re-entry point. A reads the peer's re-entry point at 0(%rsp):
 * there is none, 0. arch_return_trampoline() fills in the parameters.
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

start:
	cli
	cld
	movq	page_table(%rip), %rax
	movq	%rax, %cr3
	leaq	stack_top(%rip), %rsp
	movq	entry(%rip), %rax
	jmpq	*%rax

	.balign 16
	.skip	64
stack_top:
	.quad	0
return_blob_end:
	.section .note.GNU-stack, "", @progbits
