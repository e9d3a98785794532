# Uploads over HTTP/2, where a body may come without any length: with curl.
use v5.36;
use Test::More;
use lib 't/lib';
use Digest::MD5 qw(md5_hex);
use Maestro::Test;

plan skip_all => 'no curl with HTTP/2' if qx(curl -V 2>&1) !~ /HTTP2/;
my $m = Maestro::Test->new;
my ($url, $dir) = ($m->url . '/storage/v1', $m->dir);
$m->service->post('/storage/v1/bucket', {name => 'b'});
my $bytes = join '', map { pack 'N', $_ * 2654435761 % 2 ** 32 } 1 .. 500_000;
open my $f, '>:raw', "$dir/bytes" or die $!;
print $f $bytes;
close $f;

sub curl ($key, $token, @more) {
	open my $out, '-|', 'curl', qw(-sS -m 20 --http2 -w), ' %{http_version}'
		. ' %{http_code}', '--cacert', $m->ca_file, '-H',
		"Authorization: Bearer $token", @more,
		"$url/object/b/$key" or die $!;
	return join '', <$out>;
}
sub stored ($key) {
	return md5_hex($m->service->get("/storage/v1/object/b/$key")->body);
}
my @type = ('-H', 'Content-Type: application/octet-stream');
my @unknown = (@type, '-X', 'POST', '-T', '-');
open STDIN, '<', "$dir/bytes" or die $!;
like curl('unknown', $m->service_key, @unknown), qr/"Id".* 2 200$/,
	'a body without a length';
is stored('unknown'), md5_hex($bytes), 'is stored whole';
like curl('known', $m->service_key, @type, '--data-binary', "\@$dir/bytes"),
	qr/"Id".* 2 200$/, 'a body with its length';
is stored('known'), md5_hex($bytes), 'too';
like curl('form', $m->service_key, '-F',
	"file=\@$dir/bytes"), qr/"Id".* 2 200$/, 'a form';
is stored('form'), md5_hex($bytes), 'too';
open STDIN, '<', '/dev/null' or die $!;
like curl('empty', $m->service_key, @unknown), qr/"Id".* 2 200$/, 'no bytes';
is stored('empty'), md5_hex(''), 'are an empty object';
like curl('denied', $m->anon_key, '--data-binary', "\@$dir/bytes"),
	qr/AccessDenied.* 2 400$/, 'a refusal comes before the body was read';
is $m->service->del('/storage/v1/object/b/known')->status, 200,
	'a request without a body has none';
done_testing;
