/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drivers that lead to a disk, in a made-up /sys. Folders and links are those that Linux 6.12.117 has in QEMU of virtio, AHCI and NVMe, and
 * for other devices as its source has them: drivers/nvme/host/multipath.c and fabrics.c, drivers/block/nbd.c and aoe, drivers/usb/core.
 */
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

/* Gives the device at sys/devices/`folder` a driver of the bus. */
static void driver(const char *root, const char *folder, const char *bus, const char *name)
{
	char path[512], target[512] = "../";

	snprintf(path, sizeof(path), "%s/sys/devices/%s/driver", root, folder);
	for (const char *at = folder; at; at = strchr(at + 1, '/'))
		strcat(target, "../");
	snprintf(target + strlen(target), sizeof(target) - strlen(target), "bus/%s/drivers/%s", bus, name);
	CHECK_EQ(symlink(target, path), 0);
}

static void a_virtio_disk(void)
{
	const char *root = fixture_root();
	struct drivers d;

	device(root, "vda1", "pci0000:00/0000:00:04.0/virtio1/block/vda/vda1");
	driver(root, "pci0000:00/0000:00:04.0/virtio1", "virtio", "virtio_blk");
	driver(root, "pci0000:00/0000:00:04.0", "pci", "virtio-pci");
	CHECK_OK(drivers_of(root, "/dev/vda1", &d));
	CHECK_STR(d.names, "virtio_blk virtio-pci");
	CHECK_STR(d.missing, "");
	CHECK(!d.on_ata);
}

static void an_nvme_disk(void)
{
	const char *root = fixture_root();
	struct drivers d;

	device(root, "nvme0n1p1", "pci0000:00/0000:00:05.0/nvme/nvme0/nvme0n1/nvme0n1p1");
	driver(root, "pci0000:00/0000:00:05.0", "pci", "nvme");
	CHECK_OK(drivers_of(root, "/dev/nvme0n1p1", &d));
	CHECK_STR(d.names, "nvme");
	CHECK_STR(d.missing, "");
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
	driver(root, "pci0000:00/0000:00:04.0", "pci", "nvme");
	snprintf(path, sizeof(path), "%s/sys/devices/%s/subsystem", root, subsystem);
	CHECK_EQ(symlink("../../../../class/nvme-subsystem", path), 0);
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
	/* In the name of its folder, ! stands for the /. */
	device(root, "etherd!e1.0", "virtual/block/etherd!e1.0");
	CHECK_OK(drivers_of(root, "/dev/etherd/e1.0", &d));
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
	driver(root, "pci0000:00/0000:00:1f.2/ata12/host0/target0:0:0/0:0:0:0", "scsi", "sd");
	driver(root, "pci0000:00/0000:00:1f.2", "pci", "ahci");
	CHECK_OK(drivers_of(root, "sda", &d));
	CHECK_STR(d.names, "sd ahci");
	CHECK(d.on_ata);
}

/* A stick: of several drivers that the appliance lacks, the one nearest to the disk is named. */
static void foreign_drivers(void)
{
	static const char port[] = "pci0000:00/0000:00:1d.7/usb1/1-1", disk[] = "/1-1:1.0/host2/target2:0:0/2:0:0:0";
	const char *root = fixture_root();
	char path[256];
	struct drivers d;

	snprintf(path, sizeof(path), "%s%s/block/sdb", port, disk);
	device(root, "sdb", path);
	snprintf(path, sizeof(path), "%s%s", port, disk);
	driver(root, path, "scsi", "sd");
	snprintf(path, sizeof(path), "%s/1-1:1.0", port);
	driver(root, path, "usb", "usb-storage");
	driver(root, port, "usb", "usb");
	driver(root, "pci0000:00/0000:00:1d.7/usb1", "usb", "usb");
	driver(root, "pci0000:00/0000:00:1d.7", "pci", "ehci-pci");
	CHECK_OK(drivers_of(root, "/dev/sdb", &d));
	CHECK_STR(d.names, "sd usb-storage usb usb ehci-pci");
	CHECK_STR(d.missing, "usb-storage");
	CHECK(!d.on_ata);
}

/* A name that only begins like a port of libata is none. No kernel has this one. */
static void no_port(void)
{
	const char *root = fixture_root();
	struct drivers d;

	device(root, "sdc", "pci0000:00/0000:00:04.0/atari/block/sdc");
	driver(root, "pci0000:00/0000:00:04.0", "pci", "ahci");
	CHECK_OK(drivers_of(root, "/dev/sdc", &d));
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

RUN_TESTS(a_virtio_disk, an_nvme_disk, an_nvme_subsystem, no_driver_at_all, an_ata_disk, foreign_drivers, no_port, none)
