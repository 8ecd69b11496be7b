/** The same as sendPerl, for machines without perl. Python 3.6 or later, nothing but its standard library. */
export const sendPython = String.raw`import re, select, signal, socket, struct, sys, time
signal.alarm(12)
small = 100
nonce, answer, me = sys.stdin.readline().split()
form = re.compile(re.escape(answer).encode() + rb" (\d+) (\d+)$")
tcp, udp, conns = [], {}, {}
for line in sys.stdin:
    kind, leg, address, port, more = line.split()
    to = (address, int(port))
    if kind == "tcp":
        tcp.append((leg, to, more == "1"))
    else:
        sizes = [small, int(more)] if int(more) > small else [small]
        udp[leg] = dict(leg=leg, to=to, sizes=sizes, tries=3, ok=set(), most=0, error=0)
def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\n")
def end(fd, what, value=0):
    conn = conns.pop(fd)
    poll.unregister(fd)
    conn["s"].close()
    say("tcp", conn["leg"], what, value)
def done(leg):
    del udp[leg["leg"]]
    quiet = leg["most"] == 0 and leg["error"] != 0
    say("udp", leg["leg"], *(("error", leg["error"]) if quiet else ("acked", leg["most"])))
def probe(leg, size):
    head = ("%s %s %s " % (nonce, me, leg["leg"])).encode()
    try:
        u.sendto(head.ljust(size, b"x"), leg["to"])
    except BlockingIOError:
        pass
    except OSError as error:
        if size == small:
            leg["error"] = error.errno
def narrow(leg):
    above = min((size for size in leg["sizes"] if size > leg["most"] and size not in leg["ok"]), default=None)
    if above is None or above - leg["most"] <= 1:
        return done(leg)
    step = (above - leg["most"]) / 17
    between = {int(leg["most"] + step * i) for i in range(1, 17)}
    leg["sizes"] = [size for size in between if size > leg["most"]] + [above]
    leg["tries"] = 2
def tick():
    for leg in list(udp.values()):
        if leg["most"] and leg["tries"] <= 0:
            narrow(leg)
        if leg["leg"] not in udp:
            continue
        for size in leg["sizes"]:
            if size not in leg["ok"]:
                probe(leg, size)
        leg["tries"] -= 1
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.setsockopt(0, 10, 3)
u.setblocking(False)
poll = select.poll()
poll.register(u, select.POLLIN)
start, due = time.monotonic(), 0
while tcp or conns or udp:
    now = time.monotonic()
    if now >= due:
        tick()
        due = now + 0.15
    while tcp and len(conns) < 256:
        leg, to, wait = tcp.pop(0)
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.setblocking(False)
        if wait:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        conns[s.fileno()] = dict(s=s, leg=leg, wait=wait, until=now + 2.5, up=False, us=1)
        poll.register(s, select.POLLOUT)
        error = s.connect_ex(to)
        if error not in (0, 115):
            end(s.fileno(), "error", error)
    for fd in list(conns):
        if now > conns[fd]["until"]:
            end(fd, "silent" if conns[fd]["up"] else "timeout")
    for leg in list(udp.values()):
        if now > start + (4 if leg["most"] else 2):
            done(leg)
    if not (tcp or conns or udp):
        break
    for fd, _ in poll.poll(30):
        conn = conns.get(fd)
        if conn is None:
            continue
        if not conn["up"]:
            error = conn["s"].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                end(fd, *(("timeout", 0) if error == 110 else ("error", error)))
                continue
            conn["up"] = True
            conn["us"] = struct.unpack_from("I", conn["s"].getsockopt(socket.IPPROTO_TCP, 11, 104), 68)[0]
            if conn["wait"]:
                poll.modify(fd, select.POLLIN)
            else:
                end(fd, "ok", conn["us"])
            continue
        try:
            data = conn["s"].recv(200)
        except OSError:
            data = b""
        same = data == answer.encode() + b"\n"
        end(fd, "ok" if same else "stranger", conn["us"] if same else 0)
    try:
        while True:
            found = form.match(u.recv(200))
            leg = udp.get(found.group(1).decode()) if found else None
            if leg is None:
                continue
            size = int(found.group(2))
            leg["ok"].add(size)
            leg["most"] = max(leg["most"], size)
            if all(one in leg["ok"] for one in leg["sizes"]):
                narrow(leg)
    except OSError:
        pass
say("end")`;
