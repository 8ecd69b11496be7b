/**
 * Listens on the ports of its arguments ("tcp/6443", "udp/8472", "udp/0": any free one) at the address before them; on the free one at
 * all addresses, so that what comes through a tunnel is seen too. It does so for as long as its stdin is open and at most 20 seconds;
 * the kernel's alarm ends it even if it hangs. Prints one line: "ready <pid> tcp/6443=listening udp/0=40123 udp/8472=taken
 * tcp/10250=failed:<errno>". A connection gets $B_ANSWER; a datagram "<$B_NONCE> <from> <leg> …" is answered with
 * "<$B_ANSWER> <leg> <bytes>" and recorded once on descriptor 3 as "<leg> <bytes>"; all else is dropped unanswered.
 * Only Socket and Fcntl are used: they are in Debian's perl-base.
 */
export const listenPerl = String.raw`use strict;
use Socket qw(AF_INET SOCK_STREAM SOCK_DGRAM SOL_SOCKET SO_REUSEADDR SO_RCVBUF INADDR_ANY inet_aton pack_sockaddr_in unpack_sockaddr_in);
use Fcntl qw(F_SETFL O_RDWR O_NONBLOCK);
alarm 20;
$SIG{PIPE} = "IGNORE";
my ($nonce, $answer) = @ENV{"B_NONCE", "B_ANSWER"};
my ($address, @ports) = @ARGV;
my (%sockets, @said, %seen);
open(my $log, ">>&=", 3) or exit 1;
for my $one (@ports) {
  my ($kind, $port) = split m{/}, $one;
  socket(my $s, AF_INET, $kind eq "tcp" ? SOCK_STREAM : SOCK_DGRAM, 0) or do { push @said, "$one=failed:" . ($! + 0); next };
  setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1) if $kind eq "tcp";
  setsockopt($s, SOL_SOCKET, SO_RCVBUF, 4194304) if $kind eq "udp";
  my $bound = bind($s, pack_sockaddr_in($port, $port ? inet_aton($address) : INADDR_ANY));
  $bound = bind($s, pack_sockaddr_in($port, INADDR_ANY)) if !$bound && $! + 0 == 99;
  $bound = listen($s, 1024) if $bound && $kind eq "tcp";
  if (!$bound) { push @said, $! + 0 == 98 ? "$one=taken" : "$one=failed:" . ($! + 0); next }
  fcntl($s, F_SETFL, O_RDWR | O_NONBLOCK);
  $sockets{fileno $s} = [$kind, $s];
  push @said, "$one=" . ($port ? "listening" : (unpack_sockaddr_in(getsockname $s))[0]);
}
syswrite STDOUT, "ready $$ @said\n";
while (1) {
  my $bits = "";
  vec($bits, $_, 1) = 1 for 0, keys %sockets;
  next if select(my $ready = $bits, undef, undef, undef) < 1;
  exit 0 if vec($ready, 0, 1);
  for my $fd (grep { vec($ready, $_, 1) } keys %sockets) {
    my ($kind, $s) = @{$sockets{$fd}};
    if ($kind eq "tcp") { while (accept(my $c, $s)) { syswrite $c, "$answer\n"; close $c } next }
    while (defined(my $from = recv($s, my $data, 65536, 0))) {
      next unless $data =~ /^\Q$nonce\E \d+ (\d{1,9}) /;
      my ($leg, $bytes) = ($1, length $data);
      send($s, "$answer $leg $bytes", 0, $from);
      syswrite $log, "$leg $bytes\n" if !$seen{"$leg $bytes"}++ && keys %seen < 100000;
    }
  }
}`;
