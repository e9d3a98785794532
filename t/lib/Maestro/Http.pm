package Maestro::Http;

# A client that can be as wrong as a test needs: HTTP/1.1 over the plain
# listener of the test's nginx, one connection per request.
use v5.36;
use Carp qw(croak);
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP ();
use Time::HiRes qw(time);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

# socket => path, headers => {}, ip => '127.0.0.1', cookies => {} or undef
sub new ($class, %o) {
	return bless {timeout => 30, ip => '127.0.0.1', headers => {}, %o},
		$class;
}

# The same client with other headers, address or timeout.
sub with ($self, %o) {
	my %headers = (%{$self->{headers}}, %{delete $o{headers} // {}});
	return bless {%$self, %o, headers => \%headers}, ref $self;
}

sub get ($self, $path, %o) { $self->request('GET', $path, undef, %o) }
sub head ($self, $path, %o) { $self->request('HEAD', $path, undef, %o) }
sub options ($self, $path, %o) { $self->request('OPTIONS', $path, undef, %o) }
sub post ($self, $path, $data = undef, %o) {
	$self->request('POST', $path, $data, %o);
}
sub put ($self, $path, $data = undef, %o) {
	$self->request('PUT', $path, $data, %o);
}
sub patch ($self, $path, $data = undef, %o) {
	$self->request('PATCH', $path, $data, %o);
}
sub del ($self, $path, $data = undef, %o) {
	$self->request('DELETE', $path, $data, %o);
}

# A form as a browser posts it; %$fields may hold arrays.
sub form ($self, $path, $fields, %o) {
	my @pairs;
	for my $name (sort keys %$fields) {
		my $v = $fields->{$name};
		push @pairs, map { _escape($name) . '=' . _escape($_) }
			ref $v ? @$v : $v;
	}
	return $self->request('POST', $path, undef,
		body => join('&', @pairs),
		type => 'application/x-www-form-urlencoded', %o);
}

sub _escape ($s) {
	utf8::encode($s) if utf8::is_utf8($s);
	return $s =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ger;
}

# $data (a reference) goes as JSON; body => bytes and type => for the rest;
# headers => {Name => value or [values]}; an undef value drops the header.
sub request ($self, $method, $path, $data = undef, %o) {
	my %h = (Host => 'localhost', Connection => 'close',
		'X-Test-Ip' => $o{ip} // $self->{ip},
		%{$self->{headers}});
	my $body = $o{body};
	if (defined $data) {
		$body = ref $data ? $json->encode($data) : $data;
		$h{'Content-Type'} = 'application/json';
	}
	$h{'Content-Type'} = $o{type} if defined $o{type};
	$h{'Content-Length'} = length $body if defined $body;
	$h{'Content-Length'} //= 0 if $method =~ /^(POST|PUT|PATCH)$/;
	if ($self->{cookies} && %{$self->{cookies}}) {
		$h{Cookie} = join '; ', map { "$_=$self->{cookies}{$_}" }
			sort keys %{$self->{cookies}};
	}
	%h = (%h, %{$o{headers} // {}});
	my $head = "$method $path HTTP/1.1\r\n";
	for my $name (sort keys %h) {
		next if !defined $h{$name};
		$head .= "$name: $_\r\n"
			for ref $h{$name} ? @{$h{$name}} : $h{$name};
	}
	my $r = $self->raw($head . "\r\n", $body // '',
		timeout => $o{timeout}, method => $method);
	$self->_keep_cookies($r) if $self->{cookies};
	if ($o{follow} && $r->status =~ /^30[1237]$/) {
		my $to = $r->header('location') =~ s{^https?://[^/]+}{}r;
		return $self->get($to, follow => $o{follow} - 1);
	}
	return $r;
}

sub _keep_cookies ($self, $r) {
	for my $line ($r->headers('set-cookie')) {
		my ($name, $value) = $line =~ /^([^=]+)=([^;]*)/ or next;
		if ($line =~ /max-age=(?:0|-)/i || $value eq '') {
			delete $self->{cookies}{$name};
		} else {
			$self->{cookies}{$name} = $value;
		}
	}
}

# An open connection, for half requests and slow ones.
sub connect ($self) {
	my $s = IO::Socket::UNIX->new(Peer => $self->{socket})
		or croak "connect $self->{socket}: $!";
	return $s;
}

# Sends the bytes as they are, reads to the end; undef when none came.
sub raw ($self, $head, $body = '', %o) {
	my $deadline = time + ($o{timeout} // $self->{timeout});
	my $s = $self->connect;
	local $SIG{PIPE} = 'IGNORE';
	my $out = $head . $body;
	utf8::downgrade($out);
	my ($at, $in) = (0, '');
	my $sel = IO::Select->new($s);
	$s->blocking(0);
	while (1) {
		my $left = $deadline - time;
		croak "no answer in time: " . substr($head, 0, 80)
			if $left <= 0;
		my ($r, $w) = IO::Select::select($sel,
			$at < length $out ? $sel : undef, undef, $left);
		if ($w && @$w) {
			my $n = syswrite $s, $out, 65536, $at;
			# The server may answer and close before it read all.
			$at = defined $n ? $at + $n : length $out;
		}
		if ($r && @$r) {
			my $n = sysread $s, $in, 65536, length $in;
			last if !$n;
		}
	}
	return Maestro::Response->new($in, $o{method} // '');
}

package Maestro::Response;

sub new ($class, $bytes, $method) {
	my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
	my ($first, @lines) = split /\r\n/, $head // '';
	my ($status) = ($first // '') =~ m{^HTTP/1\.[01] (\d{3})};
	my @headers = map { /^([^:]+):\s*(.*?)\s*$/ ? [lc $1, $2] : () } @lines;
	my $self = bless {status => $status // 0, headers => \@headers,
		body => $body // '', bytes => $bytes}, $class;
	if (($self->header('transfer-encoding') // '') eq 'chunked') {
		my ($in, $out) = ($self->{body}, '');
		while ($in =~ s/^([0-9a-fA-F]+)[^\r\n]*\r\n//) {
			my $n = hex $1;
			last if !$n;
			$out .= substr $in, 0, $n;
			substr($in, 0, $n + 2) = '';
		}
		$self->{body} = $out;
	}
	return $self;
}

sub status ($self) { $self->{status} }
sub body ($self) { $self->{body} }
sub bytes ($self) { $self->{bytes} }

sub header ($self, $name) {
	my ($first) = $self->headers($name);
	return $first;
}

sub headers ($self, $name) {
	return map { $_->[1] } grep { $_->[0] eq lc $name } @{$self->{headers}};
}

sub json ($self) {
	my $v = eval { $json->decode($self->{body}) };
	Carp::croak("not JSON (status $self->{status}): "
		. substr($self->{body}, 0, 300)) if $@;
	return $v;
}

1;
