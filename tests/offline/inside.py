"""Run a command in a closed network and write down what it tried to send.

A program for new network and mount namespaces: ``inside.py FOLDER COMMAND ...`` writes ``network.json`` into FOLDER.
Every address leads back to this network's loopback device. So the kernel counts each attempt to connect, wherever it
goes. A name server that knows no name writes down what it is asked.
"""

import fcntl
import json
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path
from threading import Thread

IP, MOUNT = (shutil.which(name, path="/usr/bin:/usr/sbin:/bin:/sbin") for name in ("ip", "mount"))
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 1
NAME_SERVER = ("127.0.0.1", 53)
NO_SUCH_NAME = 0x8183


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        answer = fcntl.ioctl(any_socket, GET_FLAGS, struct.pack("16sH14x", b"lo", 0))
        flags = struct.unpack_from("H", answer, 16)[0]
        fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sH14x", b"lo", flags | UP))
    route = ("route", "add", "local", "default", "dev", "lo")
    subprocess.run([IP, "-4", *route], check=True)
    subprocess.run([IP, "-6", *route], check=False, capture_output=True)  # fails where the system has no IPv6


def use_name_server(folder):
    settings = folder / "resolv.conf"
    settings.write_text(f"nameserver {NAME_SERVER[0]}\noptions timeout:1 attempts:1\n")
    subprocess.run([MOUNT, "--bind", settings, Path("/etc/resolv.conf").resolve()], check=True)


def answer_questions(server, names):
    while True:
        question, asker = server.recvfrom(4096)
        place, labels = 12, []
        while length := question[place]:
            labels.append(question[place + 1 : place + 1 + length].decode("ascii", "replace"))
            place += 1 + length
        names.append(".".join(labels))
        head = question[:2] + struct.pack(">HHHHH", NO_SUCH_NAME, 1, 0, 0, 0)
        server.sendto(head + question[12 : place + 5], asker)


def sent():
    """Return how many connections were begun and how many datagrams were sent in this network, as the kernel counts."""
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    tables = {
        heads[0]: dict(zip(heads[1:], values[1:], strict=True))
        for heads, values in zip(lines[::2], lines[1::2], strict=True)
    }
    ipv6 = Path("/proc/net/snmp6")
    more = dict(line.split() for line in ipv6.read_text().splitlines()) if ipv6.is_file() else {}
    connections = int(tables["Tcp:"]["ActiveOpens"])  # of both versions of IP
    return connections, int(tables["Udp:"]["OutDatagrams"]) + int(more.get("Udp6OutDatagrams", 0))


def run(folder, command):
    raise_loopback()
    use_name_server(folder)
    names = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(NAME_SERVER)
        Thread(target=answer_questions, args=(server, names), daemon=True).start()
        connections, datagrams = sent()
        status = subprocess.run(command, check=False).returncode
        now_connections, now_datagrams = sent()
    report = {
        "names": sorted(set(names)),
        "connections": now_connections - connections,
        "datagrams": now_datagrams - datagrams,
    }
    (folder / "network.json").write_text(json.dumps(report))
    return status


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
