# mpi_help: the end of a job of mpirun's, a rank of which was killed.
# SPDX-License-Identifier: MIT
import subprocess


def is_alive(pid):
    try:
        with open("/proc/%s/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def has_ranks(mpirun):
    with open("/proc/%d/task/%d/children" % (mpirun.pid, mpirun.pid)) as file:
        return any(map(is_alive, file.read().split()))


def finish(mpirun, seconds):
    """What it prints, and what it says. Once all ranks have ended mpirun may hang in its own end, for good (Open MPI 4.1 waits for a lock in
    PMIx_server_finalize): then it is killed."""
    for wait in (20, seconds):
        try:
            return mpirun.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            if not has_ranks(mpirun):
                mpirun.kill()
                return mpirun.communicate()
    raise subprocess.TimeoutExpired(mpirun.args, seconds)
