# SPDX-License-Identifier: MIT
"""A disk of its own for the daemon's store, which a test fills or makes read-only.  Where nobody lets
us mount one, the store's files get a limit of size, and a place without the right to write."""
import os
import resource
import subprocess

SIZE = 16 << 20


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)


class Disk:
    def __init__(self, path):
        self.path, self.filler = path, path / "filler"
        path.mkdir()
        self.mounted = run("mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs",
                           str(path)).returncode == 0

    # The daemon's start asks this as it asks a network.

    def prefix(self):
        """For root, the right to write is no question of modes; without this capability it is."""
        if self.mounted or os.geteuid():
            return []
        return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]

    def address(self, host, port):
        return (host, port)

    def store(self):
        return self.path / "gatehouse.db"

    def fill(self, process=None):
        if self.mounted:
            with self.filler.open("wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(b"x" * 4096)
                except OSError:
                    return
        log = self.store().with_name("gatehouse.db-wal").stat().st_size
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (log, resource.RLIM_INFINITY))

    def free(self, process=None):
        if self.mounted:
            self.filler.unlink()
        else:
            unlimited = resource.RLIM_INFINITY
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))

    def writable(self, yes):
        if self.mounted:
            done = run("mount", "-o", f"remount,{'rw' if yes else 'ro'}", str(self.path))
            assert done.returncode == 0, done.stderr
            return
        if yes:
            self.path.chmod(0o700)
        for file in self.path.iterdir():
            file.chmod(0o600 if yes else 0o400)
        if not yes:
            self.path.chmod(0o500)

    def close(self):
        if self.mounted:
            run("umount", "-l", str(self.path))
        else:
            self.path.chmod(0o700)
