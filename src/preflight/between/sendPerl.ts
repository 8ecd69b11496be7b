/**
 * Reads "<nonce> <answer> <me>", then legs: "tcp <leg> <address> <port> <1: wait for the answer>" and "udp <leg> <address> <port>
 * <largest payload, or 0>". Asks all of them at once and prints what became of each: "tcp <leg> ok <µs of the handshake, 0: not known>",
 * "tcp <leg> stranger|silent|timeout 0", "tcp <leg> error <errno>", "udp <leg> acked <largest bytes>", "udp <leg> error <errno>", and "end".
 * Datagrams carry "don't fragment", whatever is known of the path. First a small and the largest one are sent, again every 150 ms until
 * they are acknowledged; only when the small one arrives and the largest does not, 16 sizes at a time close in on what does.
 */
export const sendPerl = String.raw`use strict;
use Socket qw(AF_INET SOCK_STREAM SOCK_DGRAM SOL_SOCKET SO_ERROR SO_LINGER IPPROTO_TCP inet_aton pack_sockaddr_in);
use Fcntl qw(F_SETFL O_RDWR O_NONBLOCK);
alarm 12;
my $small = 100;
my ($nonce, $answer, $me) = split " ", <STDIN>;
my (@tcp, %udp, %open);
while (<STDIN>) {
  my ($kind, $leg, $address, $port, $more) = split;
  if ($kind eq "tcp") { push @tcp, [$leg, pack_sockaddr_in($port, inet_aton($address)), $more]; next }
  $udp{$leg} = { leg => $leg, to => pack_sockaddr_in($port, inet_aton($address)), sizes => $more > $small ? [$small, $more] : [$small], tries => 3, ok => {}, most => 0, error => 0 };
}
sub now { open(my $f, "<", "/proc/uptime") or return time; return (split " ", <$f>)[0] }
sub say_of { print "@_\n" }
sub end_of { my ($fd, @said) = @_; say_of("tcp", $open{$fd}{leg}, @said); close $open{$fd}{s}; delete $open{$fd} }
sub done { my $l = shift; say_of("udp", $l->{leg}, $l->{most} || !$l->{error} ? ("acked", $l->{most}) : ("error", $l->{error})); delete $udp{$l->{leg}} }
socket(my $u, AF_INET, SOCK_DGRAM, 0);
setsockopt($u, 0, 10, pack("i", 3));
fcntl($u, F_SETFL, O_RDWR | O_NONBLOCK);
sub probe {
  my ($l, $bytes) = @_;
  my $head = "$nonce $me $l->{leg} ";
  $l->{error} = $! + 0 if !defined send($u, $head . "x" x ($bytes - length $head), 0, $l->{to}) && $bytes == $small && $! + 0 != 11;
}
sub narrow {
  my $l = shift;
  my ($above) = sort { $a <=> $b } grep { $_ > $l->{most} && !$l->{ok}{$_} } @{$l->{sizes}};
  return done($l) if !defined $above || $above - $l->{most} <= 1;
  my $step = ($above - $l->{most}) / 17;
  my %sizes = map { (int($l->{most} + $step * $_) => 1) } 1 .. 16;
  $l->{sizes} = [(grep { $_ > $l->{most} } keys %sizes), $above];
  $l->{tries} = 2;
}
sub tick {
  for my $l (map { $udp{$_} } keys %udp) {
    narrow($l) if $l->{most} && $l->{tries} <= 0;
    next unless $udp{$l->{leg}};
    probe($l, $_) for grep { !$l->{ok}{$_} } @{$l->{sizes}};
    $l->{tries}--;
  }
}
my ($next, $start) = (0, now());
while (@tcp || %open || %udp) {
  my $now = now();
  if ($now >= $next) { tick(); $next = $now + 0.15 }
  while (@tcp && keys %open < 256) {
    my ($leg, $to, $wait) = @{shift @tcp};
    socket(my $s, AF_INET, SOCK_STREAM, 0) or do { say_of("tcp", $leg, "error", $! + 0); next };
    fcntl($s, F_SETFL, O_RDWR | O_NONBLOCK);
    setsockopt($s, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0)) if $wait;
    $open{fileno $s} = { s => $s, leg => $leg, wait => $wait, until => $now + 2.5, up => 0 };
    end_of(fileno $s, "error", $! + 0) if !connect($s, $to) && $! + 0 != 115;
  }
  for my $fd (keys %open) { end_of($fd, $open{$fd}{up} ? "silent" : "timeout", 0) if $now > $open{$fd}{until} }
  for my $l (map { $udp{$_} } keys %udp) { done($l) if $now > $start + ($l->{most} ? 4 : 2) }
  my ($r, $w) = ("", "");
  vec($r, fileno $u, 1) = 1;
  for my $fd (keys %open) { if ($open{$fd}{up}) { vec($r, $fd, 1) = 1 } else { vec($w, $fd, 1) = 1 } }
  next if !@tcp && !%open && !%udp || select($r, $w, undef, 0.03) < 1;
  for my $fd (keys %open) {
    my $o = $open{$fd};
    if (!$o->{up} && vec($w, $fd, 1)) {
      my $error = unpack("i", getsockopt($o->{s}, SOL_SOCKET, SO_ERROR));
      if ($error) { end_of($fd, $error == 110 ? ("timeout", 0) : ("error", $error)); next }
      $o->{up} = 1;
      $o->{us} = unpack("x68 L", getsockopt($o->{s}, IPPROTO_TCP, 11));
      end_of($fd, "ok", $o->{us}) unless $o->{wait};
    } elsif ($o->{up} && vec($r, $fd, 1)) {
      my $got = sysread($o->{s}, my $data, 200);
      end_of($fd, defined $got && $data eq "$answer\n" ? ("ok", $o->{us}) : ("stranger", 0));
    }
  }
  while (defined recv($u, my $data, 200, 0)) {
    next unless $data =~ /^\Q$answer\E (\d+) (\d+)$/ && $udp{$1};
    my $l = $udp{$1};
    $l->{ok}{$2} = 1;
    $l->{most} = $2 if $2 > $l->{most};
    narrow($l) unless grep { !$l->{ok}{$_} } @{$l->{sizes}};
  }
}
say_of("end");`;
