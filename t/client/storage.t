use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Node;
use Maestro::Test;

# The unmodified client keeps files: see storage.mjs.
Maestro::Node::need();
my $m = Maestro::Test->new(conf => {rate_signup => 1000, rate_token => 1000});
$m->psql("create policy own on storage.objects to authenticated
	using (bucket_id like 'js%' and owner_id = (select auth.uid())::text)
	with check (bucket_id like 'js%'
		and owner_id = (select auth.uid())::text)");
Maestro::Node::run($m, 'storage.mjs');
done_testing;
