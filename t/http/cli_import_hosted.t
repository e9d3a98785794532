# Data moves into a hosted project as into the embedded default, images into
# its store; what came is there over /api for its owner and for nobody else.
use v5.36;
use Test::More;
use lib 't/lib';
use Maestro::Test;
use Maestro::Tree;

my $home = Maestro::Test->new(users => [qw(ann bob)]);
my $hosted = Maestro::Test->new(hosted => $home);
my $dir = $home->dir;

sub migrate ($m, @words) {
	my $line = join ' ', map { "'$_'" } "$Maestro::Test::build/maestro",
		'-c', $m->dir . '/maestro.conf', 'migrate', @words, '--owner',
		'ann@example.test';
	my $out = `$line 2>&1`;
	return ($? >> 8, $out);
}

Maestro::Tree->new("$dir/data", projects => 1, tasks => 32, sessions => 4);
my ($rc, $out) = migrate($hosted, 'to-supabase', '--data', "$dir/data");
is $rc, 0, 'moves into a hosted project' or diag $out;
like $out, qr/^image +4 +0/m, 'with images';

my $task = 'task_1700000000000_p1t7';
my $image = "img_${task}_1";
for my $m ($hosted, $home) {
	my $how = $m == $home ? 'embedded' : 'hosted';
	my $ann = $m->as('ann');
	is scalar @{$ann->get('/api/tasks?projectId=proj_1700000000000_p1')
		->json}, 32, "$how: the tasks are there";
	my $r = $ann->get("/api/tasks/$task");
	is $r->json->{images}[0]{id}, $image, 'with their images';
	$r = $ann->get("/api/tasks/$task/images/$image");
	is $r->status, 200, 'which can be seen';
	is $r->header('content-type'), 'image/png', 'as what they are';
	my $s = $ann->get('/api/sessions/sess_1700000000000_p1s1')->json;
	is $s->{env}{PATH}, '/usr/bin', 'env is the owner\'s';
	ok !exists $s->{env}{ANTHROPIC_API_KEY}, 'without secrets';
	is scalar @{$s->{docs}}, 3, 'documents';
	is $ann->get('/api/sessions/sess_1700000000000_p1s1/docs')->json
		->[2]{content}, "inline \x{e9}", 'with their text';
	is $m->as('bob')->get($_)->status, 404, "bob sees no $_"
		for "/api/tasks/$task", "/api/tasks/$task/images/$image",
		'/api/sessions/sess_1700000000000_p1s1';
}

($rc, $out) = migrate($hosted, 'to-supabase', '--data', "$dir/data");
like $out, qr/^image +0 +0 +4/m, 'again: nothing to do';
($rc, $out) = migrate($hosted, 'from-supabase', '--data', "$dir/out");
is $rc, 0, 'moves out of it' or diag $out;
is_deeply [Maestro::Tree::differences(
	Maestro::Tree::normal(Maestro::Tree::read_all("$dir/data")),
	Maestro::Tree::normal(Maestro::Tree::read_all("$dir/out")))], [],
	'as it was, images too';

done_testing;
