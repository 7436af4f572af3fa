# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a small image on the host, by the appliance's own programs, and has a reader of images of its own, to compare krestore with."""
import contextlib
import os
import random
import struct
import subprocess
import zlib

import paths

PAGE = 4096
# A's RAM, the window, which is not in it, and the end of physical memory.
RAM = [(0x100000, 0x180000), (0x1C0000, 0x1C3000), (0x600000, 0x700000)]
WINDOW = (0x400000, 0x600000)
MEMORY_SIZE = 0x800000
CLASS32, CLASS64 = 1, 2
PT_LOAD, PF_W = 1, 2
MACHINES = {"x86_64": (CLASS64, 62), "i386": (CLASS32, 3)}
DIRECT_MAP = {CLASS32: 0xC0000000, CLASS64: 0xFFFF888000000000}
VMCOREINFO = b"OSRELEASE=6.12.0\nPAGESIZE=4096\nNUMBER(phys_base)=0\n"
# Program headers of a class: struct format, and the names of its fields.
PHDRS = {CLASS32: ("<8I", "type offset vaddr paddr filesz memsz flags align".split()),
         CLASS64: ("<2I6Q", "type flags offset vaddr paddr filesz memsz align".split())}
EHDRS = {CLASS32: ("<16s2H5I6H", 52), CLASS64: ("<16s2HI3QI6H", 64)}
EHDR_FIELDS = "ident type machine version entry phoff shoff flags ehsize phentsize phnum shentsize shnum shstrndx".split()
INDEX_HEADER, CHUNK = "<8s4I4Q", "<2Q2I"
INDEX_FIELDS = "magic version codec flags chunk_bytes dump_size stored_size headers_size count".split()
PROGRAMS = ("ksave", "krestore", "kimage")


def programs():
    """A folder with links by which the appliance's programs can be called."""
    folder = os.path.join(paths.work(), "programs")
    os.makedirs(folder, exist_ok=True)
    for name in PROGRAMS:
        with contextlib.suppress(FileExistsError):
            os.symlink(os.path.join(paths.BUILD, paths.ARCH, "bin", "khibernate"), os.path.join(folder, name))
    return folder


def run(name, *arguments, **more):
    return subprocess.run([os.path.join(programs(), name), *arguments], check=True, capture_output=True, **more).stdout


def ranges_text(ranges):
    return ",".join(f"{start:x}-{end:x}" for start, end in ranges)


def note(name, content):
    padded = [part + bytes(-len(part) % 4) for part in (name + b"\0", content)]
    return struct.pack("<3I", len(name) + 1, len(content), 0) + b"".join(padded)


def core(elf_class, machine, segments, notes=note(b"VMCOREINFO", VMCOREINFO)):
    """An ELF core with the segments (paddr, content), whose virtual addresses are those of the direct map."""
    phdr, names = PHDRS[elf_class]
    ehdr, ehdr_size = EHDRS[elf_class]
    at = ehdr_size + (len(segments) + 1) * struct.calcsize(phdr)
    entries = [{"type": 4, "offset": at, "filesz": len(notes), "memsz": len(notes)}]
    body = notes
    body += bytes(-(at + len(body)) % PAGE)
    for paddr, content in segments:
        entries.append({"type": 1, "flags": 7, "offset": at + len(body), "paddr": paddr, "vaddr": DIRECT_MAP[elf_class] + paddr,
                        "filesz": len(content), "memsz": len(content)})
        body += content
    ident = b"\x7fELF" + bytes([elf_class, 1, 1]) + bytes(9)
    header = struct.pack(ehdr, ident, 4, machine, 1, 0, ehdr_size, 0, 0, ehdr_size, struct.calcsize(phdr), len(entries), 0, 0, 0)
    return header + b"".join(struct.pack(phdr, *(entry.get(name, 0) for name in names)) for entry in entries) + body


def memory_of(ranges, seed):
    """Contents for A's RAM, a list of (start, content): pages of zeros, of text, and of random bytes, which do not compress."""
    chosen = random.Random(seed)
    makers = [lambda: bytes(PAGE), lambda: (b"page %d of A's memory\n" % chosen.getrandbits(30) * 200)[:PAGE],
              lambda: chosen.randbytes(PAGE)]
    return [(start, b"".join(chosen.choice(makers)() for _ in range(start, end, PAGE))) for start, end in ranges]


class Image:
    """An image in `folder`: ksave writes the dump and its index, this writes hibernate.meta. `memory` is what A's RAM held."""

    def __init__(self, folder, compress="none", level=1, seed=1, ram=tuple(RAM)):
        self.folder, self.ram, self.memory = folder, list(ram), memory_of(ram, seed)
        os.makedirs(folder)
        self.vmcore = os.path.join(paths.work(), os.path.basename(folder) + ".vmcore")
        facts = self.vmcore + ".facts"
        with open(self.vmcore, "wb") as file:
            file.write(core(*MACHINES[paths.ARCH], self.memory))
        run("ksave", "-q", "--compress", compress, "--dump-level", str(level), "--facts", facts, self.vmcore, folder)
        with open(facts, encoding="ascii") as file:
            facts = file.read()
        # Firmware's map has A's RAM and the window side by side, so a range that is too long reaches into the other one, or into no RAM.
        firmware = [(0, 0xA0000), *self.ram, WINDOW]
        memmap = ranges_text(firmware).replace(",", ":1,") + ":1"
        lines = ["format=2", "state=ready", f"arch={paths.ARCH}", "id=8a1c", f"memmap={memmap}"]
        self.lines = lines + facts.splitlines() + [f"window={ranges_text([WINDOW])}", f"ram={ranges_text(self.ram)}",
                                                   "jump_back_entry=0x1000000"]
        self.write_meta(self.lines)
        self.names = ["hibernate.meta", "dump.index", next(line[5:] for line in self.lines if line.startswith("dump="))]
        self.files = {name: self.read(name) for name in self.names}

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)

    def write_meta(self, lines):
        """Writes hibernate.meta with a checksum that fits, and the file with the re-entry point that it has."""
        content = "".join(f"{line}\n" for line in lines).encode("latin-1")
        self.write("hibernate.meta", sealed(content))
        entry = [line.partition("=")[2] for line in lines if line.startswith("jump_back_entry=")]
        self.write("kexec_jump_back_entry", "".join(f"{line}\n" for line in entry[:1]).encode("latin-1"))


def checksum(content):
    """The checksum, as kimage sum prints it."""
    return run("kimage", "sum", "-q", input=content).split()[0].decode()


def sealed(lines):
    """The lines and, as in hibernate.meta and resume.error, a last one with their checksum."""
    return lines + f"sum={checksum(lines)}\n".encode()


def decompressed(codec, content, size):
    if codec == 0:
        return content
    command = [["lz4", "-dc", "-"], ["zstd", "-dc"]][codec - 1]
    return subprocess.run(command, input=content, check=True, capture_output=True).stdout[:size]


def loads(dump):
    """Yields the PT_LOADs, each as a dictionary of its fields."""
    ehdr = dict(zip(EHDR_FIELDS, struct.unpack_from(EHDRS[dump[4]][0], dump)))
    phdr, names = PHDRS[dump[4]]
    for i in range(ehdr["phnum"]):
        entry = dict(zip(names, struct.unpack_from(phdr, dump, ehdr["phoff"] + i * struct.calcsize(phdr))))
        if entry["type"] == PT_LOAD:
            yield entry


def described_memory(folder):
    """
    What the image in `folder` says that A's RAM holds: (start, content, known) for each range of `ram`, where `known` has a byte for
    each of the content, 0 if that may be anything. Any exception means that the image makes no sense.
    """
    with open(os.path.join(folder, "hibernate.meta"), encoding="ascii") as file:
        meta = dict(reversed([line.rstrip("\n").split("=", 1) for line in file if "=" in line]))
    with open(os.path.join(folder, "dump.index"), "rb") as file:
        index = file.read()
    with open(os.path.join(folder, meta["dump"]), "rb") as file:
        stored = file.read()
    header = dict(zip(INDEX_FIELDS, struct.unpack_from(INDEX_HEADER, index)))
    dump = b""
    for at in range(header["count"]):
        offset, _, size, _ = struct.unpack_from(CHUNK, index, struct.calcsize(INDEX_HEADER) + at * struct.calcsize(CHUNK))
        dump += decompressed(header["codec"], stored[offset:offset + size], header["dump_size"] - len(dump))
    ram = [tuple(int(number, 16) for number in item.split("-")) for item in meta["ram"].rstrip(",").split(",")]
    window = tuple(int(number, 16) for number in meta["window"].split("-"))
    left_out = header["flags"] & 1
    memory = {start: bytearray(end - start) for start, end in ram}
    known = {start: bytearray(b"\0" if left_out else b"\1") * (end - start) for start, end in ram}
    placed = {start: bytearray(end - start) for start, end in ram}
    for entry in loads(dump):
        end = entry["paddr"] + entry["memsz"]
        view = not entry["flags"] & PF_W and (end <= 0x100000 or window[0] <= entry["paddr"] and end <= window[1])
        if view and not any(start <= entry["paddr"] and end <= stop for start, stop in ram):
            continue
        start = next(start for start, end in ram if start <= entry["paddr"] and entry["paddr"] + entry["memsz"] <= end)
        at = entry["paddr"] - start
        content = dump[entry["offset"]:entry["offset"] + entry["filesz"]]
        assert len(content) == entry["filesz"] <= entry["memsz"] and not any(placed[start][at:at + entry["memsz"]])
        placed[start][at:at + entry["memsz"]] = b"\1" * entry["memsz"]
        memory[start][at:at + entry["memsz"]] = content + bytes(entry["memsz"] - entry["filesz"])
        known[start][at:at + entry["memsz"]] = b"\1" * entry["memsz"]
    return [(start, bytes(memory[start]), bytes(known[start])) for start in sorted(memory)]


def gzip_header(name):
    """A gzip file in which its name is noted, and which holds nothing."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"\x1f\x8b\x08\x08" + bytes(4) + b"\x02\x03" + name + b"\0" + deflate.compress(b"") + deflate.flush() + bytes(8)
