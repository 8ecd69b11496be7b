/** The same as listenPerl, for machines without perl. Python 3.6 or later, nothing but its standard library. */
export const listenPython = String.raw`import os, re, select, signal, socket, sys
signal.alarm(20)
nonce, answer = os.environ["B_NONCE"], os.environ["B_ANSWER"].encode()
form = re.compile(re.escape(nonce).encode() + rb" \d+ (\d{1,9}) ")
sockets, said, seen = {}, [], set()
for one in sys.argv[2:]:
    kind, port = one.split("/")
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    s.setblocking(False)
    try:
        if kind == "tcp":
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4194304)
        try:
            s.bind((sys.argv[1] if port != "0" else "", int(port)))
        except OSError as error:
            if error.errno != 99:
                raise
            s.bind(("", int(port)))
        if kind == "tcp":
            s.listen(1024)
    except OSError as error:
        said.append(one + ("=taken" if error.errno == 98 else "=failed:%d" % error.errno))
        continue
    sockets[s.fileno()] = (kind, s)
    said.append(one + "=" + ("listening" if port != "0" else str(s.getsockname()[1])))
os.write(1, ("ready %d %s\n" % (os.getpid(), " ".join(said))).encode())
poll = select.poll()
for fd in [0, *sockets]:
    poll.register(fd, select.POLLIN)
while True:
    for fd, _ in poll.poll():
        if fd == 0:
            sys.exit(0)
        kind, s = sockets[fd]
        try:
            while True:
                if kind == "tcp":
                    c = s.accept()[0]
                    try:
                        c.send(answer + b"\n")
                    finally:
                        c.close()
                    continue
                data, sender = s.recvfrom(65536)
                found = form.match(data)
                if not found:
                    continue
                record = found.group(1) + b" %d" % len(data)
                s.sendto(answer + b" " + record, sender)
                if record not in seen and len(seen) < 100000:
                    seen.add(record)
                    os.write(3, record + b"\n")
        except OSError:
            pass`;
