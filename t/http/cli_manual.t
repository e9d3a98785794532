# What the command says of itself: help, manual and completion agree with what
# it does.
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Cli;
use Maestro::Test;

my $m = Maestro::Test->new(users => ['ann']);
my $c = Maestro::Cli->new($m);
my $top = $Maestro::Test::top;

sub complete (@words) {
	my $r = $c->run(['complete', '--', @words]);
	is $r->{rc}, 0, "complete: @words";
	return split /\n/, $r->{out};
}

sub holds ($list, $word, $name = "offers $word") {
	ok scalar(grep { $_ eq $word } @$list), $name;
}

my @commands = complete('');
my @listed = $c->run(['help'])->{out} =~ /^  (\w+) +\S/mg;
is_deeply [sort @commands], [sort @listed], 'help lists what there is';
is_deeply \@commands, [sort @commands], 'in order';

# Every command and verb stands in the manual, and the manual names no other.
my $man = do { local (@ARGV, $/) = "$Maestro::Test::build/doc/maestro.1"; <> };
my $plain = $man =~ s/\\f[A-Z]//gr =~ s/\\-/-/gr;
for my $command (@commands) {
	next if $command eq 'help';
	my @verbs = complete($command, '');
	@verbs = () if grep { /^:|^\w+_\d/ } @verbs;
	my $in = join "\n", $plain =~ /^\.BI? "?($command\b.*)$/mg;
	ok $in, "the manual has $command";
	like $in, qr/[ |,]\Q$_\E(?:[ |,"]|$)/m, "and $command $_"
		for @verbs;
	for my $verb (@verbs) {
		my $r = $c->run([$command, $verb, '--help']);
		is $r->{rc}, 0, "$command $verb --help";
		like $plain, qr/\Q$_\E\b/, "the manual has its $_"
			for grep { /^--/ } complete($command, $verb, '--');
	}
}

{
	my $bad = `MANROFFSEQ= LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l $Maestro::Test::build/doc/maestro.1 2>&1 >/dev/null`;
	is $bad, '', 'the manual is well written';
	my $wide = `MANWIDTH=80 LC_ALL=C.UTF-8 man -E UTF-8 -l $Maestro::Test::build/doc/maestro.1 2>/dev/null`;
	like $wide, qr/EXIT STATUS/, 'and whole';
}

my @task = complete('task', '');
holds(\@task, $_) for qw(list show create update done claim);
is_deeply [complete('task', 'cr')], ['create'], 'what was begun';
is_deeply [complete('task', 'list', '--st')], ['--status'], 'options';
holds([complete('task', 'list', '--status', '')], 'in_progress');
is_deeply [complete('auth', 'login', '--password-file', '')], [':files'],
	'files';
is_deeply [complete('project', 'create', '--dir', '')], [':dirs'], 'folders';
holds([complete('migrate', '')], 'up');
is_deeply [complete('task', 'show', '')], [], 'no ids when nobody is in';
$c->login('ann');
my $p = $m->as('ann')->post('/api/projects', {name => 'P',
	workingDir => '/'})->json->{id};
my $t = $m->as('ann')->post('/api/tasks', {projectId => $p, title => 'T'})
	->json->{id};
is_deeply [complete('task', 'show', 'task_')], [$t], 'ids of tasks';
is_deeply [complete('--json', 'task', 'list', '--project', '')], [$p],
	'and projects';
$m->stop('nginx');
my $begun = time;
is_deeply [complete('task', 'show', '')], [], 'none from a server that is away';
cmp_ok time - $begun, '<', 3, 'at once';
$m->start('nginx');

subtest 'in bash' => sub {
	my $try = sub (@words) {
		my $n = $#words;
		my $list = join ' ', map { "'$_'" } @words;
		local %ENV = $c->env(PATH => "$Maestro::Test::build:$ENV{PATH}");
		return `bash -c '. $top/etc/maestro.bash-completion; compopt() { :; }; COMP_WORDS=(@{[join ' ', map { length $_ ? $_ : '""' } @words]}); COMP_CWORD=$n; _maestro; printf "%s\\n" "\${COMPREPLY[@]}"'`;
	};
	is $try->('maestro', 'stat'), "status\n", 'a command';
	is $try->('maestro', 'task', 'show', ''), "$t\n", 'an id';
	like $try->('maestro', '-c', "$top/READ"), qr/^(?:\S*README)?$/m,
		'nothing odd before the command';
};
done_testing;
