use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;

my $m = Maestro::Test->new(users => ['ann']);
is $m->http->get('/health')->status, 200, 'health answers without credentials';
done_testing;
