# /api/workflow-templates (maestro-api.md 2.11).
use v5.36;
use lib 't/lib';
use Test::More;
use Maestro::Api;
use Maestro::Test;

my $m = Maestro::Test->new(users => ['ann']);
my $ann = $m->as('ann');
my $u = '/api/workflow-templates';

my %phases = (
	'execute-simple' => 'execute report complete',
	'execute-tree' => 'analyze plan execute report complete',
	'coordinate-default' =>
		'analyze decompose spawn monitor verify complete',
	'coordinate-batching' =>
		'analyze decompose execute_batch verify complete',
	'coordinate-dag' => 'analyze build_dag execute_wave verify complete',
	'coordinate-remote' => 'assess respond execute monitor complete',
	# Not of the wire's list, but default members name them.
	'execute-recruit' => 'assess search define create report complete',
	'execute-standup' => 'gather summarize unblock remember complete',
);
my $all = $ann->get($u)->json;
is_deeply {map { $_->{id} => join ' ', map { $_->{name} } @{$_->{phases}} }
	@$all}, \%phases, 'the templates with their phases';
is_deeply [sort keys %{$all->[0]}],
	[qw(builtIn description id mode name phases)], 'keys of the wire';
is scalar(grep { !length $_->{instruction} } map { @{$_->{phases}} } @$all), 0,
	'each phase says what to do';
is_deeply $ann->get("$u/$_->{id}")->json, $_, "$_->{id} alone" for @$all;
my %count = (worker => 4, execute => 4, coordinator => 4, coordinate => 4,
	"x'--" => 0);
is scalar @{$ann->get("$u?mode=$_")->json}, $count{$_}, "mode $_"
	for sort keys %count;
is $ann->get($_)->header('cache-control'),
	'public, max-age=86400, immutable', "$_ may be kept for a day"
	for $u, "$u/execute-simple";
my $r = $ann->get("$u/none_such");
unlike $r->header('cache-control'), qr/public/, 'but not its absence';
is_deeply [$r->status, $r->json->{code}, $r->json->{message}], [404,
	'NOT_FOUND', "Workflow template with id 'none_such' not found"],
	'an unknown one';
my $p = new_project($ann, 'P');
is_deeply [grep { !$phases{$_} } map { $_->{workflowTemplateId} }
	@{$ann->get("/api/team-members?projectId=$p")->json}], [],
	'every default member names one that is there';
is $m->http->get($u)->status, 401, 'not for nobody';
is $ann->post($u, {})->status, 405, 'nobody writes them';

done_testing;
