# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run of the bench has measured: medians, ratios, the table, plots."""
import json
import os
import platform
import statistics
import subprocess
import time

from contenders import Workload

KERNEL = ("kernel lzo", "kernel lz4")
NOTE = ("All of it was measured in an emulated machine (QEMU without hardware virtualization, x86_64, 1 CPU), where memory and "
        "processor are slow and the disk is a file: compare the rows, do not take the seconds for those of a real machine.")
# key -> heading of the column, text of a value
COLUMNS = {"down_s": ("down s", "{:.1f}"), "up_s": ("up s", "{:.1f}"), "pause_s": ("pause s", "{:.1f}"),
           "written": ("written MiB", "{:.0f}"), "peak_kib": ("peak memory MiB", "{:.0f}")}
UNITS = {"written": 1 << 20, "peak_kib": 1 << 10}


class Figures:
    def __init__(self):
        self.about = {}
        self.results = {}  # workload -> contender -> [result]; see contenders.measure()
        self.limits = {}   # workload -> [result]; see contenders.limits()

    # what was measured

    def add(self, workload, name, result):
        self.results.setdefault(workload, {}).setdefault(name, []).append(result)

    def add_limits(self, workload, result):
        self.limits.setdefault(workload, []).append(result)

    def failures(self):
        """A line for each measurement that failed."""
        for workload, by_name in self.results.items():
            for name, results in by_name.items():
                yield from (f"{workload.name()}: {name}: {result['failed']}" for result in results if "failed" in result)
        for workload, results in self.limits.items():
            yield from (f"{workload.name()}: limits: {result['failed']}" for result in results if "failed" in result)

    def median(self, workload, name, key):
        """The median of a contender's results, in the unit of the table; nan when there is none."""
        values = [result[key] / UNITS.get(key, 1) for result in self.results.get(workload, {}).get(name, []) if key in result]
        return statistics.median(values) if values else float("nan")

    def limit(self, workload, *names):
        """The median of the seconds that the named limits took together."""
        sums = [sum(result[name] for name in names) for result in self.limits.get(workload, [])
                if all(name in result for name in names)]
        return statistics.median(sums) if sums else float("nan")

    # what comes out

    def ratios(self, workloads, small, large):
        """Each ratio is the worst of the workloads. `small` and `large` are the guests with little and much RAM."""
        def against_kernel(key):
            return worst(self.median(w, "khibernate", key) / min(self.median(w, name, key) for name in KERNEL) for w in workloads)

        return {"save/dd": worst(self.limit(w, "save", "commit") / self.limit(w, "dd-save") for w in workloads),
                "restore/dd": worst(self.limit(w, "restore") / self.limit(w, "dd-restore", "copy") for w in workloads),
                "down/kernel": against_kernel("down_s"), "up/kernel": against_kernel("up_s"),
                "ram16/ram1": worst(self.median(large, "khibernate", key) / self.median(small, "khibernate", key)
                                    for key in ("down_s", "up_s"))}

    def table(self):
        yield "| guest, memory in use | | " + " | ".join(heading for heading, _ in COLUMNS.values()) + " |"
        yield "| --- | --- |" + " ---: |" * len(COLUMNS)
        for workload, by_name in self.results.items():
            for name, results in by_name.items():
                if any("down_s" in result for result in results):
                    cells = [text.format(self.median(workload, name, key)) for key, (_, text) in COLUMNS.items()]
                else:
                    cells = ["refused" if "refused" in results[-1] else "failed"] + [""] * (len(COLUMNS) - 1)
                yield f"| {workload.name()} | {name} | {' | '.join(cells)} |"

    def limits_table(self):
        yield ("| guest, memory in use | save | `dd` of as much | makedumpfile `-E -d 17` | restore | "
               "`dd` and a copy of as much |")
        yield "| --- |" + " ---: |" * 5
        for w in self.limits:
            columns = (("save", "commit"), ("dd-save",), ("makedumpfile",), ("restore",), ("dd-restore", "copy"))
            cells = (f"{self.limit(w, *names):.2f} s" for names in columns)
            yield f"| {w.name()} | {' | '.join(cells)} |"

    # files

    def save(self, path):
        """Writes what load() reads; an older file stays whole until it is replaced."""
        with open(path + ".new", "w") as file:
            json.dump({"about": self.about, "note": NOTE,
                       "results": [{**vars(workload), "contender": name, "rounds": results}
                                   for workload, by_name in self.results.items() for name, results in by_name.items()],
                       "limits": [{**vars(workload), "rounds": results} for workload, results in self.limits.items()]},
                      file, indent=1)
            file.write("\n")
        os.replace(path + ".new", path)

    @classmethod
    def load(cls, path):
        figures = cls()
        with open(path) as file:
            content = json.load(file)
        figures.about = content["about"]
        for entry in content["results"]:
            figures.results.setdefault(_workload(entry), {})[entry["contender"]] = entry["rounds"]
        for entry in content["limits"]:
            figures.limits[_workload(entry)] = entry["rounds"]
        return figures


def worst(ratios):
    """The largest of the ratios; nan when one is missing, which max() alone might pass over."""
    ratios = list(ratios)
    return max(ratios) if all(ratio == ratio for ratio in ratios) else float("nan")


def _workload(entry):
    return Workload(entry["memory_mib"], entry["used_mib"], entry["kind"])


def about(command):
    version = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True).stdout
    return {"command": command, "date": time.strftime("%Y-%m-%d"), "emulator": f"{version.splitlines()[0]}, -accel tcg",
            "host": f"{os.cpu_count()} CPUs, {platform.machine()}, Linux {platform.release()}"}


def write_markdown(figures, ratios, path, plots):
    lines = ["# What the bench measured", "",
             f"Written by `{figures.about['command']}` on {figures.about['date']} ({figures.about['emulator']}; "
             f"host: {figures.about['host']}). What the columns mean is in [benchmark.md](benchmark.md#what-the-columns-mean).", "", NOTE, "",
             *figures.table(), "", "Seconds inside of B and C', medians:", "", *figures.limits_table(), "",
             f"    {ratios}", ""]
    lines += [line for name, title in plots.items() for line in (f"![{title}]({name}.svg)", "")]
    failures = list(figures.failures())
    if failures:
        lines += ["Failed:", "", *(f"- {line.splitlines()[0]}" for line in failures), ""]
    with open(path, "w") as file:
        file.write("\n".join(lines))


# plots

STYLE = """set terminal svg size {width},{height} font 'sans,12' background 'white'
set output '{name}.svg'
set grid ytics
set yrange [0:*]
set style data histogram
set style fill solid 0.8 border -1
set boxwidth 0.9
set key outside top center horizontal
"""


def plot_bars(figures, out, name, title, workloads, names, keys):
    """A picture with a panel for each key, of bars: a group for each contender, in it one for each workload."""
    script = [STYLE.format(name=name, width=1100, height=330 * len(keys)),
              f"set multiplot layout {len(keys)},1 title '{title} (emulated)'"]
    for key in keys:
        rows = ([f'"{contender}"', *(_value(figures.median(w, contender, key)) for w in workloads)] for contender in names)
        script += ["$data << EOD", *map(" ".join, rows), "EOD",
                   f"set ylabel '{COLUMNS[key][0]}'",
                   "plot " + ", ".join(f"$data using {column}:xtic(1) title '{w.name()}'"
                                       for column, w in enumerate(workloads, 2))]
    _gnuplot(script, out)


def plot_curves(figures, out, name, title, workloads, attribute, names, logarithmic=False):
    """A picture with a panel for each direction, of the seconds over an attribute of the workloads."""
    script = [STYLE.format(name=name, width=900, height=700), "set style data linespoints",
              *(["set logscale x 2"] if logarithmic else []),
              f"set xtics ({', '.join(str(getattr(w, attribute)) for w in workloads)})",
              f"set xlabel '{title}'", f"set multiplot layout 2,1 title 'Time against {title} (emulated)'"]
    for key in ("down_s", "up_s"):
        rows = ([str(getattr(w, attribute)), *(_value(figures.median(w, contender, key)) for contender in names)]
                for w in workloads)
        script += ["$data << EOD", *map(" ".join, rows), "EOD",
                   f"set ylabel '{COLUMNS[key][0]}'",
                   "plot " + ", ".join(f"$data using 1:{column} title '{contender}'"
                                       for column, contender in enumerate(names, 2))]
    _gnuplot(script, out)


def _value(number):
    # gnuplot's sign for a missing value.
    return "?" if number != number else f"{number:.3f}"


def _gnuplot(lines, out):
    script = "set datafile missing '?'\n" + "\n".join(lines) + "\nunset multiplot\n"
    subprocess.run(["gnuplot"], input=script, text=True, check=True, cwd=out)
