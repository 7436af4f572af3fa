# SPDX-License-Identifier: GPL-2.0-or-later
"""One hibernation and resume of A, and the proof that it went on as it was."""
import os
import time

import guest

WITNESS_SOCKET = "/run/witness.socket"
CLOCK_TOLERANCE_S = 5
ADVANCE_TIMEOUT_S = 20
NO_ADVANCE = " did not advance"
SAME = ("boot_id", "agent_pid", "cpus_online", "swaps", "mounts", "witness.pid", "witness.peer_pid", "witness.start_time",
        "witness.memory_mib", "witness.memory_address")
ADVANCED = ("uptime", "date", "witness.counter", "witness.tcp_seq", "witness.file_lines")
OK = ("kernel_log", "witness.memory", "witness.file", "witness.tcp")


def start_witness(vm, memory_mib=64, options=""):
    """Starts the process in A that evidence() asks; its file is on A's root disk."""
    vm.check(f"witness start --memory {memory_mib} --file /root/witness.file --socket {WITNESS_SOCKET} {options}", timeout=300)


def evidence(vm):
    """What A and the witness say of themselves, as one dictionary. Without a witness its part is missing."""
    found = vm.keys("evidence")
    if vm.run(f"[ -e {WITNESS_SOCKET} ]")[0] == 0:
        found.update((f"witness.{key}", value) for key, value in vm.keys(f"witness query --socket {WITNESS_SOCKET}", 300).items())
    found["host_clock_difference"] = _clock_difference(vm) if vm.keeps_time else 0
    return found


def _clock_difference(vm):
    """By how many seconds A's clock is outside of the time in which it was asked: a busy host takes long to get the answer."""
    asked = time.time()
    # It comes in whole seconds.
    date = int(vm.check("date +%s"))
    return min(date + 1 - asked, 0) or max(date - time.time(), 0)


def differences(before, after):
    """What speaks against A having gone on, a line for each thing; empty when all is well."""
    keys = set(before)
    wrong = [f"{key}: {before[key]} before, {after.get(key)} after" for key in SAME if key in keys and before[key] != after.get(key)]
    wrong += [f"{key}{NO_ADVANCE}: {before[key]}, {after.get(key)}" for key in ADVANCED
              if key in keys and float(after.get(key, "-1")) <= float(before[key])]
    wrong += [f"{key}: {after.get(key)}" for key in (*OK, "witness.fragments") if key in keys and after.get(key) != "ok"]
    if after["cpus_online"] != after["cpus_present"]:
        wrong.append(f"CPUs online: {after['cpus_online']} of {after['cpus_present']}")
    # An emulated machine on a busy host may lose ticks while it boots, so only the change of the difference counts.
    drift = after["host_clock_difference"] - before["host_clock_difference"]
    if abs(drift) > CLOCK_TOLERANCE_S:
        wrong.append(f"A's clock is {drift:+.1f} s off the host's")
    return wrong


def check_disk(vm):
    """A writes to its root disk and reads it back from there, not from the page cache."""
    vm.check("dd if=/dev/urandom of=/root/disk-check bs=64k count=64 2>/dev/null && sync && sum=$(sha256sum </root/disk-check) && "
             "echo 3 >/proc/sys/vm/drop_caches && [ \"$sum\" = \"$(sha256sum </root/disk-check)\" ] && rm /root/disk-check")


def hibernate_cycle(vm, args="", command=None, append="", timeout=600):
    """Hibernates A by hibernate.sh, boots the machine again in a new emulator, and raises unless A went on as it was.

    `command` takes the place of hibernate.sh; `append` is added to the second boot's command line. Returns a dictionary: times in
    seconds, sizes in bytes, the evidence of before and after, and which role put the memory back ("boot" or "restore").
    """
    before = evidence(vm)
    started = time.monotonic()
    token = vm.start(command or f"hibernate.sh {args}")
    vm.wait_exit(timeout, token)
    off = time.monotonic()
    result = {"down_s": off - started, **_image(vm), "before": before}
    power_on = time.monotonic()
    vm.boot(append)
    vm.wait_agent(timeout)
    result["up_s"] = time.monotonic() - power_on
    status, output = vm.wait(token, timeout)
    if status:
        raise AssertionError(f"{command or 'hibernate.sh'}: status {status} after the resume: {output.strip()}")
    check_resumed(vm, before)
    restored_by = [line.split(":")[0] for line in vm.report_lines(this_boot=True) if line.endswith(": entering the saved system")]
    return {**result, "output": output, "after": evidence(vm), "restored_by": "".join(restored_by)}


def check_resumed(vm, before):
    """Raises unless A is the one that gave the evidence `before`, and still works."""
    after = evidence(vm)
    wrong = differences(before, after)
    if wrong:
        raise AssertionError("A did not go on as it was: " + "; ".join(wrong))
    check_disk(vm)
    # Once more: the connection and the counter have to advance after the resume, too, not only before it. How long that takes is
    # the host's affair, and A's date has whole seconds.
    deadline = time.monotonic() + ADVANCE_TIMEOUT_S
    time.sleep(0.5)
    while (wrong := differences(after, evidence(vm))) and time.monotonic() < deadline and all(NO_ADVANCE in each for each in wrong):
        time.sleep(0.5)
    if wrong:
        raise AssertionError("A stopped after the resume: " + "; ".join(wrong))


def _image(vm):
    """The room that the hibernating disk takes on the host, and what hibernate.meta says; nothing for a machine without such a disk."""
    if len(vm.machine.disks) < 2:
        return {}
    path = vm.machine.disks[1].path
    meta = guest.read_file(path, "hibernate.meta") or b""
    return {"disk_bytes": os.stat(path).st_blocks * 512,
            "meta": dict(line.split("=", 1) for line in meta.decode().splitlines() if "=" in line)}
