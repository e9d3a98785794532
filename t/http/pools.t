# nginx gives a request to the pool that its route row names: RF_IO to the io
# workers, all others to the web workers, also behind /k/<token>/.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Routes;
use Maestro::Test;

my $m = Maestro::Test->new(users => ['ann']);
my $ann = $m->as('ann');
my $token = $ann->post('/api/tokens', {name => 'pools'})->json->{token};

my %pool; # by request id
sub pool_of ($r) {
	my $rid = $r->header('x-request-id') // return 'no answer of ours';
	if (!$pool{$rid}) {
		%pool = map { /svc=(\w+).* rid=(\S+)/ ? ($2 => $1) : () }
			split /\n/, $m->log('web');
	}
	return $pool{$rid} // 'none';
}

my @routes = routes();
cmp_ok scalar @routes, '>', 200, 'the tables have been found';
cmp_ok scalar(grep { $_->{flags} =~ /RF_IO/ } @routes), '>', 5,
	'some are for the io pool';

for my $route (@routes) {
	my $want = $route->{flags} =~ /RF_IO/ ? 'io' : 'web';
	my $path = $route->{path} =~ s/[:*]\w+/x/gr;
	# A wait would wait.
	$path =~ s{/x$}{/%20} if $route->{path} =~ m{/wait/};
	my $has_body = $route->{method} !~ /^(?:GET|DELETE)$/;
	for my $place ($path, $path =~ m{^/(?:api|storage)/}
		? "/k/$token$path" : ())
	{
		my $r = $ann->request($route->{method}, $place, undef,
			$has_body ? (body => '{}', type => 'application/json')
			: ());
		is pool_of($r), $want, "$route->{method} " . ($place eq $path
			? '' : '/k/...') . $route->{path};
	}
}

done_testing;
