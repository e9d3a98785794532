# maestro mail and watch.
use v5.36;
use lib 't/lib';
use Test::More;
use JSON::PP ();
use Maestro::Api;
use Maestro::Cli;
use Maestro::Test;

my $m = Maestro::Test->new(users => [qw(ann bob)]);
my $ann = $m->as('ann');
my $p = new_project($ann, 'P');
my ($one, $two) = map { $ann->post('/api/sessions', {projectId => $p,
	taskIds => [], name => $_, status => 'working'})->json->{id} }
	qw(one two);
my $c = Maestro::Cli->new($m, env => {MAESTRO_PROJECT_ID => $p})
	->login('ann');
my $me = 'user_' . $m->user('ann')->{id};
my %as_one = (env => {MAESTRO_SESSION_ID => $one});
my %as_two = (env => {MAESTRO_SESSION_ID => $two});

sub id ($r) { $r->{out} =~ /: (\S+)$/ ? $1 : undef }

my $r = $c->run([qw(mail inbox)]);
is $r->{err}, "There is no mail.\n", 'a person has an inbox' or diag $r->{err};
$r = $c->run(['mail', 'send', 'Keys', 'Which one?', '--to', $two, '--type',
	'query', '--priority', 'high'], %as_one);
is $r->{rc}, 0, 'send' or diag $r->{err};
my $mail = id($r);
is_deeply $ann->get("/api/mail/$mail")->json->{body},
	{question => 'Which one?'}, 'the words under the key of the type';
$r = $c->run([qw(mail inbox)], %as_two);
like $r->{out}, qr/^\Q$mail\E +\Q$one\E +query +high +Keys /m, 'inbox';
$r = $c->run(['mail', 'show', $mail]);
like $r->{out}, qr/^from +\Q$one\E$/m, 'show';
like $r->{out}, qr/^question\nWhich one\?$/m, 'with its words';
$r = $c->run(['mail', 'reply', $mail, '-'], in => "A minor.\nAnd soft.\n",
	%as_two);
is $r->{rc}, 0, 'reply' or diag $r->{err};
my $thread = $ann->get("/api/mail/$mail")->json->{threadId};
$r = $c->run(['mail', 'thread', $thread]);
like $r->{out}, qr/Keys.*--\n.*Re: Keys.*\nanswer\nA minor\.\nAnd soft\.\n/s,
	'thread, oldest first';
$r = $c->run(['mail', 'send', 'Hello', '--to', $one]);
is $ann->get('/api/mail/' . id($r))->json->{fromSessionId}, $me,
	'without a session one writes as oneself';
is $c->run(['mail', 'reply', id($r), 'Hi'], %as_one)->{rc}, 0,
	'and is answered';
like $c->run([qw(mail inbox)])->{out}, qr/Re: Hello/, 'to oneself';
is $c->run(['mail', 'broadcast', 'All hands', 'Now'])->{rc}, 0, 'broadcast';
like $c->run([qw(mail inbox)], %as_two)->{out}, qr/All hands/, 'reaches all';
is $c->run(['mail', 'send', 'x'])->{rc}, 1, 'to whom?';
is $c->run(['mail', 'send', 'x', '--to', 'sess_none'])->{rc}, 2, 'nobody';
is $c->run(['mail', 'show', 'mail_none'])->{rc}, 2, 'no such mail';

subtest 'wait' => sub {
	my $now = $ann->get("/api/mail/inbox/$one")->json;
	my ($since) = sort { $b <=> $a } map { $_->{createdAt} } @$now;
	my $run = $c->start([qw(mail wait --timeout 20 --since), $since],
		%as_one);
	$c->run(['mail', 'send', 'Wake up', '--to', $one], %as_two);
	my $r = $run->wait;
	is $r->{rc}, 0, 'ends when mail comes' or diag $r->{err};
	like $r->{out}, qr/Wake up/, 'and lists it';
	unlike $r->{out}, qr/Hello/, 'only what is new';
	$r = $c->run([qw(mail wait --timeout 1)], %as_two);
	is $r->{err}, "There is no mail.\n", 'gives up in time';
};

subtest 'watch' => sub {
	my $t = $ann->post('/api/tasks', {projectId => $p, title => 'First'})
		->json->{id};
	my $gone = $ann->post('/api/tasks', {projectId => $p,
		title => 'Goes'})->json->{id};
	my @run = map { $c->start([qw(watch --interval 1), @$_]) } [], ['--json'];
	Maestro::Test::wait_for('the first look', sub {
		!grep { $_->peek('err') !~ /^Watching 2 tasks and 2 sessions/ }
			@run });
	$ann->patch("/api/tasks/$t", {status => 'in_progress'});
	$ann->del("/api/tasks/$gone");
	my $new = $ann->post('/api/tasks', {projectId => $p,
		title => "Se\e[2Jcond"})->json->{id};
	$ann->patch("/api/sessions/$one", {needsInput => {active => \1,
		message => 'Which way?'}});
	$c->run(['mail', 'send', 'Look here', '--to', $one], %as_two);
	my $lines = sub ($text) {
		Maestro::Test::wait_for($text, sub {
			!grep { $_->peek('out') !~ $text } @run });
	};
	$lines->(qr/mail:received/);
	$ann->patch("/api/sessions/$two", {status => 'completed'});
	$lines->(qr/session:updated.*\Q$two\E/);
	kill 'TERM', map { $_->{pid} } @run;
	my ($r, $json) = map { $_->wait } @run;
	my $time = qr/^\d\d:\d\d:\d\d/m;
	like $r->{out}, qr/$time  task:updated +\Q$t\E  todo -> in_progress  First$/m,
		'a task changes';
	like $r->{out}, qr/$time  task:created +\Q$new\E  todo  Se\\x1b\[2Jcond$/m,
		'one comes, harmlessly';
	like $r->{out}, qr/$time  task:deleted +\Q$gone\E  Goes$/m, 'one goes';
	like $r->{out}, qr/$time  notify:needs_input +\Q$one\E  Which way\?  one$/m,
		'a session asks';
	like $r->{out}, qr/$time  mail:received +\S+  notification  Look here$/m,
		'mail comes';
	like $r->{out}, qr/$time  session:updated +\Q$two\E  working -> completed  two$/m,
		'a session ends';
	unlike $r->{out}, qr/All hands/, 'what was there is no news';
	my %seen = map { my $o = JSON::PP->new->utf8->decode($_);
		("$o->{event} $o->{data}{id}" => $o) }
		split /\n/, $json->{out};
	is $seen{"task:updated $t"}{data}{status}, 'in_progress',
		'as JSON, a line each';
	is $c->run([qw(watch --timeout 1)])->{rc}, 0, 'ends when told to';
	is $c->run([qw(watch --project proj_none --timeout 5)])->{rc}, 2,
		'no such project';
	is $c->run([qw(watch)], env => {MAESTRO_PROJECT_ID => undef})->{rc}, 1,
		'which project?';
};
done_testing;
