/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drivers that lead to a disk, in a made-up /sys. */
#include "checks/drivers.h"

#include <unistd.h>

#include "check.h"
#include "fixture.h"

/* Makes the device `name` at sys/devices/`folder`. */
static void device(const char *root, const char *name, const char *folder)
{
	char path[512], target[512];

	snprintf(path, sizeof(path), "sys/devices/%s/uevent", folder);
	fixture_text(root, path, "");
	fixture_text(root, "sys/class/block/uevent", "");
	snprintf(path, sizeof(path), "%s/sys/class/block/%s", root, name);
	snprintf(target, sizeof(target), "../../devices/%s", folder);
	CHECK_EQ(symlink(target, path), 0);
}

static void driver(const char *root, const char *folder, const char *name)
{
	char path[512], target[512];

	snprintf(path, sizeof(path), "%s/sys/devices/%s/driver", root, folder);
	snprintf(target, sizeof(target), "/sys/bus/any/drivers/%s", name);
	CHECK_EQ(symlink(target, path), 0);
}

static void a_virtio_disk(void)
{
	const char *root = fixture_root();
	struct drivers d;

	device(root, "vda1", "pci0000:00/0000:00:04.0/virtio1/block/vda/vda1");
	driver(root, "pci0000:00/0000:00:04.0/virtio1", "virtio_blk");
	driver(root, "pci0000:00/0000:00:04.0", "virtio-pci");
	CHECK_OK(drivers_of(root, "/dev/vda1", &d));
	CHECK_STR(d.names, "virtio_blk virtio-pci");
	CHECK_STR(d.missing, "");
	CHECK(!d.on_ata);
}

/* Linux 6.12 has a disk with several controllers in a folder that no driver leads to. */
static void an_nvme_subsystem(void)
{
	const char *root = fixture_root(), *subsystem = "virtual/nvme-subsystem/nvme-subsys0";
	char path[512], target[512];
	struct drivers d;

	snprintf(path, sizeof(path), "%s/nvme0n1/nvme0n1p2", subsystem);
	device(root, "nvme0n1p2", path);
	CHECK_OK(drivers_of(root, "/dev/nvme0n1p2", &d));
	CHECK_STR(d.missing, "driver that leads to it");
	fixture_text(root, "sys/devices/pci0000:00/0000:00:04.0/nvme/nvme3/uevent", "");
	driver(root, "pci0000:00/0000:00:04.0", "nvme");
	snprintf(path, sizeof(path), "%s/sys/devices/%s/nvme3", root, subsystem);
	snprintf(target, sizeof(target), "../../../pci0000:00/0000:00:04.0/nvme/nvme3");
	CHECK_EQ(symlink(target, path), 0);
	CHECK_OK(drivers_of(root, "/dev/nvme0n1p2", &d));
	CHECK_STR(d.names, "nvme");
	CHECK_STR(d.missing, "");
}

/* Disks in memory or behind a network: the appliance would wait for them in vain. */
static void no_driver_at_all(void)
{
	const char *root = fixture_root();
	struct drivers d;

	device(root, "nbd0", "virtual/block/nbd0");
	CHECK_OK(drivers_of(root, "nbd0", &d));
	CHECK_STR(d.names, "");
	CHECK_STR(d.missing, "driver that leads to it");
	/* NVMe over a network: the controller has no driver either. */
	device(root, "nvme1n1", "virtual/nvme-fabrics/ctl/nvme1/nvme1n1");
	CHECK_OK(drivers_of(root, "nvme1n1", &d));
	CHECK_STR(d.missing, "driver that leads to it");
}

static void an_ata_disk(void)
{
	const char *root = fixture_root();
	struct drivers d;

	device(root, "sda", "pci0000:00/0000:00:1f.2/ata12/host0/target0:0:0/0:0:0:0/block/sda");
	driver(root, "pci0000:00/0000:00:1f.2/ata12/host0/target0:0:0/0:0:0:0", "sd");
	driver(root, "pci0000:00/0000:00:1f.2", "ahci");
	CHECK_OK(drivers_of(root, "sda", &d));
	CHECK_STR(d.names, "sd ahci");
	CHECK(d.on_ata);
}

/* Of two drivers that the appliance lacks, the one nearest to the disk is named. A name that only begins like a port of libata is none. */
static void foreign_drivers(void)
{
	const char *root = fixture_root();
	struct drivers d;

	device(root, "cciss!c0d0", "pci0000:00/atari/usb1/1-1/block/c0d0");
	driver(root, "pci0000:00/atari/usb1/1-1", "usb-storage");
	driver(root, "pci0000:00/atari/usb1", "sd");
	driver(root, "pci0000:00/atari", "ehci-pci");
	CHECK_OK(drivers_of(root, "/dev/cciss/c0d0", &d));
	CHECK_STR(d.names, "usb-storage sd ehci-pci");
	CHECK_STR(d.missing, "usb-storage");
	CHECK(!d.on_ata);
}

static void none(void)
{
	const char *root = fixture_root();
	char name[600] = "";
	struct drivers d;

	CHECK_FAILS(drivers_of(root, "/dev/vda", &d), "sys/class/block/vda (");
	memset(name, 'x', sizeof(name) - 1);
	CHECK_FAILS(drivers_of(root, name, &d), "drivers: ");
}

RUN_TESTS(a_virtio_disk, an_nvme_subsystem, no_driver_at_all, an_ata_disk, foreign_drivers, none)
