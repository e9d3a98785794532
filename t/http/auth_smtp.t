use v5.36;
use Test::More;
use lib 't/lib';
use IO::Socket::INET;
use MIME::Base64 qw(decode_base64);
use Maestro::Test;

# Mail through a server, and a server that is away or says no.
my $listen = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1')
	or plan skip_all => "no port: $!";
my $port = $listen->sockport;
my $m = Maestro::Test->new(users => ['ann'], conf => {
	smtp_url => "smtp://127.0.0.1:$port", mail_from => 'maestro@x.test',
	mail_max_frequency_s => 0, rate_recover => 1000});

# Answers one client; full says no to the recipient.  Ends with the mail.
sub server ($full) {
	my $pid = open(my $out, '-|') // die "fork: $!";
	return $out if $pid;
	local $SIG{ALRM} = sub { exit 1 };
	alarm 20;
	%Maestro::Test::live = ();
	my $c = $listen->accept or exit 1;
	my $data = '';
	my %say = (EHLO => '250 here', HELO => '250 here', QUIT => '221 bye',
		DATA => '354 go on', RCPT => $full ? '550 full' : '250 ok');
	print $c "220 here\r\n";
	while (my $line = <$c>) {
		$data .= $line;
		my $word = uc substr $line, 0, 4;
		print $c $say{$word} // '250 ok', "\r\n";
		last if $word eq 'QUIT';
		next if $word ne 'DATA';
		while (my $text = <$c>) {
			last if $text eq ".\r\n";
			$data .= $text;
		}
		print $c "250 taken\r\n";
	}
	print $data;
	STDOUT->flush;
	kill KILL => $$; # no END blocks of the test's
}

my $out = server(0);
my $r = $m->anon->post('/auth/v1/recover', {email => 'ann@example.test'});
is $r->status, 200, 'the mail is handed over';
my $got = do { local $/; <$out> };
like $got, qr/^MAIL FROM:<maestro\@x\.test>/m, 'from the configured sender';
like $got, qr/^RCPT TO:<ann\@example\.test>/m, 'to the user';
my ($text) = $got =~ /text\/plain.*?\r\n\r\n(.*?)--/s;
like decode_base64($text), qr/\/auth\/v1\/verify\?token=/, 'with the link';
is scalar(() = glob "$m->{dir}/mail/*"), 0, 'and nothing in the folder';

$out = server(1);
$r = $m->anon->post('/auth/v1/recover', {email => 'ann@example.test'});
is $r->status, 500, 'a recipient refused is an error';
unlike $r->body, qr/full|550/, 'without the server\'s words';
() = <$out>;
close $listen;
is $m->anon->post('/auth/v1/recover', {email => 'ann@example.test'})->status,
	500, 'a server that is away too';
is $m->anon->get('/auth/v1/settings')->status, 200, 'the worker lives on';
done_testing;
