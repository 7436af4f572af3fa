/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices and other things that refuse to be suspended for a kexec jump, as often as they are told to.
 *
 *   /sys/module/stubborn/parameters/NAME   how often NAME still refuses; -1: for ever. Each refusal counts it down.
 *       before     the device stubborn.0, which is suspended before all disks
 *       after      the device stubborn.1, which is suspended after all disks on PCI
 *       late, noirq, prepare    the device stubborn.0 in these steps
 *       syscore    what is suspended last, with one CPU
 *       cpu        a CPU that is not the first, as it goes offline
 *   .../error      the errno with which they do
 *   .../asked      how often any of the devices was asked to be suspended
 *   /proc/stubborn a process that reads it waits, and cannot be frozen, until something is written there
 */
#include <linux/atomic.h>
#include <linux/cpuhotplug.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/proc_fs.h>
#include <linux/syscore_ops.h>
#include <linux/wait.h>

static int before, after, late, noirq, prepare, syscore, cpu, error = EBUSY, asked;

module_param(before, int, 0600);
module_param(after, int, 0600);
module_param(late, int, 0600);
module_param(noirq, int, 0600);
module_param(prepare, int, 0600);
module_param(syscore, int, 0600);
module_param(cpu, int, 0600);
module_param(error, int, 0600);
module_param(asked, int, 0600);

static int refuse(int *times)
{
	if (!*times)
		return 0;
	if (*times > 0)
		--*times;
	return -error;
}

/* The devices */

static int stubborn_prepare(struct device *dev)
{
	return to_platform_device(dev)->id == 0 ? refuse(&prepare) : 0;
}

static int stubborn_freeze(struct device *dev)
{
	asked++;
	return refuse(to_platform_device(dev)->id == 0 ? &before : &after);
}

static int stubborn_freeze_late(struct device *dev)
{
	return to_platform_device(dev)->id == 0 ? refuse(&late) : 0;
}

static int stubborn_freeze_noirq(struct device *dev)
{
	return to_platform_device(dev)->id == 0 ? refuse(&noirq) : 0;
}

static const struct dev_pm_ops stubborn_pm = {
	.prepare = stubborn_prepare,
	.freeze = stubborn_freeze,
	.freeze_late = stubborn_freeze_late,
	.freeze_noirq = stubborn_freeze_noirq,
};

static int stubborn_probe(struct platform_device *device)
{
	return 0;
}

static struct platform_driver stubborn_driver = {
	.probe = stubborn_probe,
	.driver = { .name = "stubborn", .pm = &stubborn_pm },
};

static struct platform_device *first, *last;

/*
 * Devices are suspended in the order opposite to that in which they were added. One that others depend on is moved before them: the
 * disks' controllers are made to depend on `last`, and so their disks with them.
 */
static void depend_on_last(void)
{
	struct pci_dev *pci = NULL;

	for_each_pci_dev(pci)
		if (pci->class >> 16 == PCI_BASE_CLASS_STORAGE)
			device_link_add(&pci->dev, &last->dev, DL_FLAG_STATELESS);
}

static void depend_no_more(void)
{
	struct pci_dev *pci = NULL;

	for_each_pci_dev(pci)
		if (pci->class >> 16 == PCI_BASE_CLASS_STORAGE)
			device_link_remove(&pci->dev, &last->dev);
}

/* What comes after the devices */

static int stubborn_syscore_suspend(void *data)
{
	return refuse(&syscore);
}

static const struct syscore_ops stubborn_syscore_ops = {
	.suspend = stubborn_syscore_suspend,
};

static struct syscore stubborn_syscore = {
	.ops = &stubborn_syscore_ops,
};

static int stubborn_cpu(unsigned int number)
{
	return refuse(&cpu);
}

static int cpu_state;

/* What comes before them */

static DECLARE_WAIT_QUEUE_HEAD(release);
static atomic_t releases = ATOMIC_INIT(0);

static ssize_t stubborn_read(struct file *file, char __user *buffer, size_t size, loff_t *offset)
{
	int seen = atomic_read(&releases);

	wait_event(release, atomic_read(&releases) != seen);
	return 0;
}

static ssize_t stubborn_write(struct file *file, const char __user *buffer, size_t size, loff_t *offset)
{
	atomic_inc(&releases);
	wake_up_all(&release);
	return size;
}

static const struct proc_ops stubborn_proc = {
	.proc_read = stubborn_read,
	.proc_write = stubborn_write,
};

static int __init stubborn_init(void)
{
	int result = platform_driver_register(&stubborn_driver);

	if (result)
		return result;
	last = platform_device_register_simple("stubborn", 1, NULL, 0);
	if (IS_ERR(last)) {
		result = PTR_ERR(last);
		goto no_last;
	}
	depend_on_last();
	/* Added when the disks have been moved, so it is suspended before them. */
	first = platform_device_register_simple("stubborn", 0, NULL, 0);
	if (IS_ERR(first)) {
		result = PTR_ERR(first);
		goto no_first;
	}
	cpu_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "stubborn", NULL, stubborn_cpu);
	if (cpu_state < 0) {
		result = cpu_state;
		goto no_cpu;
	}
	if (!proc_create("stubborn", 0600, NULL, &stubborn_proc)) {
		result = -ENOMEM;
		goto no_proc;
	}
	register_syscore(&stubborn_syscore);
	return 0;

no_proc:
	cpuhp_remove_state_nocalls(cpu_state);
no_cpu:
	platform_device_unregister(first);
no_first:
	depend_no_more();
	platform_device_unregister(last);
no_last:
	platform_driver_unregister(&stubborn_driver);
	return result;
}

static void __exit stubborn_exit(void)
{
	unregister_syscore(&stubborn_syscore);
	remove_proc_entry("stubborn", NULL);
	cpuhp_remove_state_nocalls(cpu_state);
	platform_device_unregister(first);
	depend_no_more();
	platform_device_unregister(last);
	platform_driver_unregister(&stubborn_driver);
}

module_init(stubborn_init);
module_exit(stubborn_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("devices that refuse to be suspended");
