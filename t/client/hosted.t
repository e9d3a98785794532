# The same scripts with accounts and objects on a hosted project: the client
# talks to a maestro that works on a second one (MAESTRO_MODE, see
# Maestro::Test).
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Node;

Maestro::Node::need();
$ENV{MAESTRO_MODE} = 'hosted';
for my $file (qw(auth storage)) {
	subtest $file => sub {
		do "./t/client/$file.t" or die "$file.t: ", $@ || $!;
	};
}
done_testing;
