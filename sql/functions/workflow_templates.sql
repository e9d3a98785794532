-- Workflow templates (maestro-api.md 2.11): not rows, nobody changes them.

create or replace function api.workflow_templates() returns table (n int,
	id text, name text, description text, mode text, phases text[][])
language sql immutable parallel safe
as $$
	values
	(1, 'execute-simple', 'Simple execution',
		'One worker does one task.', 'worker', array[
		['execute', 'Do the task as it is written. Ask when it cannot '
			'be understood; do not widen it.'],
		['report', 'Say what was done, how it was checked and what '
			'is left.'],
		['complete', 'Mark the task as completed when its acceptance '
			'criteria hold, and only then.']]),
	(2, 'execute-tree', 'Tree execution',
		'One worker does a task and everything below it.', 'worker',
		array[
		['analyze', 'Read the task and all its children before '
			'touching anything.'],
		['plan', 'Decide on an order in which every step can be '
			'checked on its own.'],
		['execute', 'Work through the children one by one and mark '
			'each as you go.'],
		['report', 'Say after each child what changed and what the '
			'next one needs to know.'],
		['complete', 'Complete the parent when every child is '
			'completed.']]),
	(3, 'coordinate-default', 'Coordination',
		'A coordinator divides the work and judges it.', 'coordinator',
		array[
		['analyze', 'Find out what is wanted and how one would see '
			'that it is there.'],
		['decompose', 'Make tasks of it that one worker can finish '
			'and somebody else can check.'],
		['spawn', 'Start a session with a suitable team member for '
			'each task that is ready.'],
		['monitor', 'Follow the sessions, answer what they ask, and '
			'step in when one is stuck.'],
		['verify', 'Check each result against its task yourself '
			'before you accept it.'],
		['complete', 'Complete the whole and sum up what was done.']]),
	(4, 'coordinate-batching', 'Coordination in batches',
		'Tasks that do not touch each other run together.',
		'coordinator', array[
		['analyze', 'Find out what is wanted and which parts of it '
			'are independent.'],
		['decompose', 'Make tasks and put those that do not touch '
			'each other into one batch.'],
		['execute_batch', 'Run one batch at a time; wait for all of '
			'it before the next begins.'],
		['verify', 'Check what a batch left behind before anything '
			'is built on it.'],
		['complete', 'Complete the whole and sum up each batch.']]),
	(5, 'coordinate-dag', 'Coordination by dependencies',
		'Every task starts when what it needs is there.',
		'coordinator', array[
		['analyze', 'Find out what is wanted and which result needs '
			'which other.'],
		['build_dag', 'Write the tasks down with what each depends '
			'on; there must be no circle.'],
		['execute_wave', 'Start every task whose needs are met, and '
			'again when one is done.'],
		['verify', 'Check each result before the tasks behind it '
			'start.'],
		['complete', 'Complete the whole when no task is left.']]),
	(6, 'coordinate-remote', 'Remote control',
		'Running sessions are steered by messages.', 'coordinator',
		array[
		['assess', 'Look at which sessions run and how they stand.'],
		['respond', 'Answer what was asked, shortly and with facts.'],
		['execute', 'Start, prompt or stop sessions as you are told.'],
		['monitor', 'Watch what came of it and report changes.'],
		['complete', 'End when nothing is asked any more.']]),
	(7, 'execute-recruit', 'Recruiting',
		'A team member that is missing is found and described.',
		'worker', array[
		['assess', 'Read what the project has to do and list the team '
			'members there are. Say which work suits none of '
			'them.'],
		['search', 'Look for skills that fill the gap. Prefer one '
			'that fits to three that nearly do.'],
		['define', 'Write the member: a name, a role in one line, an '
			'identity that says what it does and what it leaves '
			'to others, and no right it can do without.'],
		['create', 'Create it, or change one that nearly fits. Read '
			'it again as it was stored.'],
		['report', 'Say who is new, for which work, and what is '
			'still missing.'],
		['complete', 'Mark the task as completed when the gap is '
			'filled, or say why it cannot be.']]),
	(8, 'execute-standup', 'Standup',
		'How things stand, told shortly and kept.', 'worker', array[
		['gather', 'Read the tasks that moved since the last time and '
			'the sessions behind them.'],
		['summarize', 'Say in a few lines what is done, what is under '
			'way and what comes next.'],
		['unblock', 'Name everything that waits, for whom, and what '
			'would end the waiting.'],
		['remember', 'Write what should not be forgotten into the '
			'memory of the members it concerns, in their words.'],
		['complete', 'Mark the task as completed when the summary is '
			'out.']])
$$;

-- [{name, instruction}], in the order they are taken.
create or replace function api.workflow_phases(phases text[]) returns json
language sql immutable parallel safe
as $$
	select json_agg(json_build_object('name', phases[i][1],
		'instruction', phases[i][2]) order by i)
	from generate_subscripts(phases, 1) i
$$;
