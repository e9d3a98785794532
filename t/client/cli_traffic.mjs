// What the command line of agent-maestro sends, command by command, and what
// it needs to get back (maestro-api.md 6.2 and 6.5).  Data: cli.mjs replays it.
//
// A command is {run, as, calls}; `as` names the session whose environment it
// runs in (the header X-Session-Id).  A call is [method, path, body, status,
// shape].  In paths and bodies $name is something learnt before.
//
// A shape: 'string', 'number', 'boolean', 'ms' (epoch), 'iso', 'any'; '$name'
// a string that is learnt; '=x' exactly the string x; [shape] a bare array of
// such; {key: shape} an object with at least these keys, 'key?' may be absent;
// any other value: exactly that.

export const project = {
	id: 'string', name: 'string', workingDir: 'string',
	description: 'string', createdAt: 'ms', updatedAt: 'ms',
	'isMaster?': 'boolean',
};
export const task = {
	id: 'string', projectId: 'string', parentId: 'any', title: 'string',
	description: 'string', status: 'string', priority: 'string',
	initialPrompt: 'string', createdAt: 'ms', updatedAt: 'ms',
	startedAt: 'any', completedAt: 'any', sessionIds: ['string'],
	dependencies: [], referenceTaskIds: ['string'], skillIds: ['string'],
	agentIds: ['string'], teamId: 'any', dueDate: 'any',
};
const summary = {
	id: 'string', name: 'string', status: 'string', projectId: 'string',
	taskIds: ['string'], parentSessionId: 'any', rootSessionId: 'any',
	teamSessionId: 'any', isMasterSession: 'boolean', startedAt: 'ms',
	completedAt: 'any',
};
const entry = {
	id: 'string', type: 'string', timestamp: 'ms', 'message?': 'string',
};
export const session = {
	...summary, env: {}, lastActivity: 'ms', timeline: [entry],
	events: [{id: 'string', timestamp: 'ms', type: 'string'}],
	docs: [{id: 'string', title: 'string', filePath: 'string',
		addedAt: 'ms', addedBy: 'string'}],
};
const doc = {
	id: 'string', title: 'string', filePath: 'string', addedAt: 'ms',
	content: 'string',
};
const added = {
	success: true, taskId: 'string', sessionId: 'string',
	title: 'string', filePath: 'string', addedAt: 'ms',
};
const member = {
	id: 'string', projectId: 'any', name: 'string', role: 'string',
	avatar: 'string', identity: 'string', status: 'string',
	isDefault: 'boolean', skillIds: ['string'], createdAt: 'iso',
	updatedAt: 'iso',
};
const team = {
	id: 'string', projectId: 'string', name: 'string', leaderId: 'string',
	memberIds: ['string'], subTeamIds: ['string'], parentTeamId: 'any',
	status: 'string', createdAt: 'iso', updatedAt: 'iso',
};
const digest = {
	sessionId: 'string', state: 'string', entries: [], stuck: null,
	taskIds: ['string'],
};
const mail = {
	id: 'string', projectId: 'string', fromSessionId: 'string',
	toSessionId: 'any', replyToMailId: 'any', type: 'string',
	subject: 'string', body: {}, createdAt: 'ms', threadId: 'string',
};
const gone = {success: true, id: 'string'};

const at = (message, type, taskId) =>
	['POST', '/api/sessions/$session/timeline', {type, message,
		...(taskId ? {taskId} : {})}, 200, session];
const part = (sessionStatus) =>
	['PATCH', '/api/tasks/$task', {sessionStatus, updateSource: 'session',
		sessionId: '$session'}, 200, task];

export const commands = [
	// --- projects ---
	{run: 'project create Alpha', calls: [
		['POST', '/api/projects', {name: 'Alpha', workingDir: '/srv/a'},
			201, {...project, id: '$project', name: '=Alpha'}]]},
	{run: 'project list', calls: [
		['GET', '/api/projects', , 200, [project]]]},
	{run: 'project get', calls: [
		['GET', '/api/projects/$project', , 200, project]]},
	{run: 'project set-master', calls: [
		['PUT', '/api/projects/$project/master', {isMaster: true}, 200,
			{...project, isMaster: true}]]},
	{run: 'project unset-master', calls: [
		['PUT', '/api/projects/$project/master', {isMaster: false}, 200,
			{...project, isMaster: false}]]},
	{run: 'project get nothing', calls: [
		['GET', '/api/projects/proj_none', , 404,
			{error: true, message: 'string', code: '=NOT_FOUND'}]]},

	// --- tasks ---
	{run: 'task create One', calls: [
		['POST', '/api/tasks', {projectId: '$project', title: 'One',
			description: '', priority: 'medium'}, 201,
			{...task, id: '$task', status: '=todo'}]]},
	{run: 'task create Two --parent', calls: [
		['POST', '/api/tasks', {projectId: '$project', title: 'Two',
			description: 'd', priority: 'high', parentId: '$task',
			launchConfig: {provider: 'claude', model: 'claude-x'}},
			201, {...task, id: '$child', parentId: 'string'}]]},
	{run: 'task list', calls: [
		['GET', '/api/tasks?projectId=$project', , 200, [task]]]},
	{run: 'task list --all-projects', calls: [
		['GET', '/api/tasks', , 200, [task]]]},
	{run: 'task list <id>', calls: [
		['GET', '/api/tasks/$task', , 200, task],
		['GET', '/api/tasks/$task/children', , 200, [task]]]},
	{run: 'task get', calls: [['GET', '/api/tasks/$task', , 200, task]]},
	{run: 'task edit', calls: [
		['PATCH', '/api/tasks/$task', {title: 'One and a half',
			description: 'more', priority: 'low', teamId: null}, 200,
			{...task, title: '=One and a half'}]]},
	{run: 'task children --recursive', calls: [
		['GET', '/api/tasks/$task/children', , 200, [task]],
		['GET', '/api/tasks/$child/children', , 200, []]]},
	{run: 'task tree', calls: [
		['GET', '/api/tasks?projectId=$project', , 200, [task]],
		['GET', '/api/tasks/$child', , 200, task]]},

	// --- the life of a session, as hooks of the agent report it ---
	{run: 'session register (new)', as: 'sess_cli_1', calls: [
		['GET', '/api/sessions/sess_cli_1', , 404,
			{error: true, message: 'string'}],
		['POST', '/api/sessions', {id: 'sess_cli_1',
			projectId: '$project', taskIds: ['$task'],
			name: 'worker: sess_cli_1', status: 'working',
			metadata: {mode: 'worker'}}, 201,
			{...session, id: '$session', status: '=working'}]]},
	{run: 'session register (known)', as: '$session', calls: [
		['GET', '/api/sessions/$session', , 200, session],
		['PATCH', '/api/sessions/$session', {status: 'working'}, 200,
			session]]},
	{run: 'session info', as: '$session', calls: [
		['GET', '/api/sessions/$session', , 200, session]]},
	{run: 'session list', calls: [
		['GET', '/api/sessions?projectId=$project', , 200, [summary]],
		['GET', '/api/sessions?taskId=$task&projectId=$project'
			+ '&active=true', , 200, [summary]],
		['GET', '/api/sessions', , 200, [summary]]]},
	{run: 'track-file', as: '$session', calls: [
		['POST', '/api/sessions/$session/events', {
			type: 'file_modified', data: {file: '/srv/a/x.c',
				timestamp: 1795244608095}}, 200, session]]},
	{run: 'session needs-input', as: '$session', calls: [
		['PATCH', '/api/sessions/$session', {needsInput: {active: true,
			message: 'Session is waiting for user input',
			since: 1795244608095}, timeline: [{
				id: 'evt-1795244608095', type: 'needs_input',
				timestamp: 1795244608095,
				message: 'Session is waiting for user input'}]},
			200, {...session, needsInput: {active: true}}]]},
	{run: 'session resume-working', as: '$session', calls: [
		['PATCH', '/api/sessions/$session', {status: 'working',
			needsInput: {active: false}}, 200, session]]},
	{run: 'task update --status', as: '$session', calls: [
		['PATCH', '/api/tasks/$task', {status: 'in_progress'}, 200,
			{...task, status: '=in_progress', startedAt: 'ms'}],
		at('Status changed to in_progress', 'task_status_changed',
			'$task')]},
	{run: 'task report progress', as: '$session', calls: [
		part('working'), at('Half', 'progress', '$task')]},
	{run: 'task report blocked', as: '$session', calls: [
		part('blocked'), at('Stuck', 'task_blocked', '$task')]},
	{run: 'task report error', as: '$session', calls: [
		part('failed'), at('Broken', 'error', '$task')]},
	{run: 'task report complete', as: '$session', calls: [
		part('completed'), at('Done', 'task_completed', '$task')]},
	{run: 'task block', as: '$session', calls: [
		['PATCH', '/api/tasks/$task', {status: 'blocked'}, 200, task],
		at('Status changed to blocked: why', 'task_status_changed',
			'$task')]},
	{run: 'task complete', as: '$session', calls: [
		['PATCH', '/api/tasks/$task', {status: 'completed'}, 200,
			{...task, completedAt: 'ms'}],
		at('Status changed to completed', 'task_status_changed',
			'$task')]},
	{run: 'session report progress', as: '$session', calls: [
		at('On it', 'progress')]},
	{run: 'task docs add', as: '$session', calls: [
		['POST', '/api/tasks/$task/docs', {sessionId: '$session',
			title: 'Plan', filePath: 'plan.md', content: '# Plan'},
			201, added]]},
	{run: 'task docs list', calls: [
		['GET', '/api/tasks/$task/docs', , 200,
			[{...doc, sessionId: 'string', sessionName: 'string'}]]]},
	{run: 'session docs add', as: '$session', calls: [
		['POST', '/api/sessions/$session/docs', {title: 'Drawing',
			filePath: 'a.excalidraw', content: '{}',
			kind: 'diagram'}, 200, session]]},
	{run: 'session docs list', as: '$session', calls: [
		['GET', '/api/sessions/$session/docs', , 200, [doc]]]},
	{run: 'status', calls: [
		['GET', '/api/tasks?projectId=$project', , 200, [task]],
		['GET', '/api/sessions?projectId=$project', , 200, [summary]]]},

	// --- coordinating ---
	{run: 'coordinator status', as: '$session', calls: [
		['GET', '/api/sessions/$session/mode', , 200, {id: 'string',
			mode: '=worker', relation: '=standalone',
			role: '=worker'}]]},
	{run: 'session spawn (refused)', as: '$session', calls: [
		['POST', '/api/sessions/spawn', {projectId: '$project',
			taskIds: ['$child'], mode: 'worker',
			spawnSource: 'session', sessionId: '$session',
			skills: ['maestro-worker'], sessionName: 'W',
			context: {}}, 403, {error: true, message: 'string',
			code: '=spawn_requires_coordinator'}]]},
	{run: 'coordinator enable', as: '$session', calls: [
		['POST', '/api/sessions/$session/mode', {role: 'coordinator'},
			200, {id: 'string', mode: '=coordinator',
				previousMode: '=worker', changed: true}]]},
	{run: 'session spawn', as: '$session', calls: [
		['GET', '/api/tasks/$child', , 200, task],
		['GET', '/api/team-members/tm_$project_simple_worker'
			+ '?projectId=$project', , 200, member],
		['POST', '/api/sessions/spawn', {projectId: '$project',
			taskIds: ['$child'], mode: 'worker',
			spawnSource: 'session', sessionId: '$session',
			skills: ['maestro-worker'], sessionName: 'Worker: Two',
			context: {primaryTask: {id: '$child',
				acceptanceCriteria: []}, reason: 'Execute'},
			initialDirective: {subject: 'Go', message: 'Please',
				fromSessionId: '$session'},
			teamMemberId: 'tm_$project_simple_worker'}, 201,
			{success: true, sessionId: '$worker',
				manifestPath: null, message: 'string', session}]]},
	{run: 'session list --my-workers', as: '$session', calls: [
		['GET', '/api/sessions?projectId=$project'
			+ '&parentSessionId=$session&active=true', , 200,
			[summary]]]},
	{run: 'session siblings', as: '$worker', calls: [
		['GET', '/api/sessions?parentSessionId=$session&active=true'
			+ '&projectId=$project', , 200, [summary]]]},
	{run: 'session prompt', as: '$session', calls: [
		['POST', '/api/sessions/$worker/prompt', {content: 'Hurry',
			mode: 'send', senderSessionId: '$session'}, 200,
			{success: true}]]},
	{run: 'session logs --my-workers', as: '$session', calls: [
		['GET', '/api/sessions/log-digests?parentSessionId=$session'
			+ '&last=5', , 200, [digest]]]},
	{run: 'session logs <id>', calls: [
		['GET', '/api/sessions/$worker/log-digest?last=5&maxLength=0', ,
			200, digest]]},
	{run: 'worker init', as: '$worker', calls: [
		['PATCH', '/api/sessions/$worker', {status: 'working'}, 200,
			session],
		['PATCH', '/api/tasks/$child', {status: 'in_progress'}, 200,
			task],
		['PATCH', '/api/tasks/$child', {sessionStatus: 'working',
			updateSource: 'session', sessionId: '$worker'}, 200,
			task]]},
	{run: 'coordinator disable', as: '$session', calls: [
		['POST', '/api/sessions/$session/mode', {role: 'worker'}, 200,
			{changed: true, mode: '=worker'}]]},
	{run: 'show modal', as: '$session', calls: [
		['POST', '/api/sessions/$session/modal', {
			modalId: 'modal_1795244608095_0a1b2c3d',
			title: 'Agent Modal', html: '<p>x</p>',
			filePath: '/srv/a/x.html'}, 200, {success: true,
			modalId: 'string', sessionId: 'string',
			message: 'string'}]]},

	// --- mail, as the generation that had it sent it ---
	{run: 'mail send', as: '$session', calls: [
		['POST', '/api/mail', {projectId: '$project',
			fromSessionId: '$session', toSessionId: '$worker',
			replyToMailId: null, type: 'directive', subject: 'Do',
			body: {details: 'it', action: 'go'}}, 201,
			{...mail, id: '$mail', body: {details: '=it'}}]]},
	{run: 'mail send --to-team-member', as: '$session', calls: [
		['POST', '/api/mail', {projectId: '$project',
			fromSessionId: '$session',
			toTeamMemberId: 'tm_$project_simple_worker',
			replyToMailId: null, type: 'query', subject: 'Where?',
			body: {question: 'where'}}, 201, mail]]},
	{run: 'mail broadcast', as: '$session', calls: [
		['POST', '/api/mail', {projectId: '$project',
			fromSessionId: '$session', toSessionId: null,
			type: 'notification', subject: 'All', body: {}}, 201,
			{...mail, toSessionId: null}]]},
	{run: 'mail broadcast --scope my-workers', as: '$session', calls: [
		['POST', '/api/mail', {projectId: '$project',
			fromSessionId: '$session', toSessionId: null,
			type: 'notification', subject: 'Mine', body: {},
			scope: 'my-workers', priority: 'high'}, 201,
			{...mail, toSessionId: 'string'}]]},
	{run: 'mail inbox', as: '$worker', calls: [
		['GET', '/api/mail/inbox/$worker?projectId=$project', , 200,
			[mail]],
		['GET', '/api/mail/inbox/$worker?projectId=$project&type=query',
			, 200, [mail]]]},
	{run: 'mail reply', as: '$worker', calls: [
		['GET', '/api/mail/$mail', , 200, mail],
		['POST', '/api/mail', {projectId: '$project',
			fromSessionId: '$worker', toSessionId: '$session',
			replyToMailId: '$mail', type: 'response',
			subject: 'Re: Do', body: {answer: 'done'}}, 201, mail]]},
	{run: 'mail wait', as: '$worker', calls: [
		['GET', '/api/mail/wait/$worker?projectId=$project'
			+ '&timeout=30000', , 200, [mail]]]},

	// --- team members, teams, profiles ---
	{run: 'team-member list', calls: [
		['GET', '/api/team-members?projectId=$project', , 200, [member]],
		['GET', '/api/team-members', , 200, [member]]]},
	{run: 'team-member create', calls: [
		['POST', '/api/team-members', {projectId: '$project',
			name: 'Ada', role: 'writes', avatar: 'A', mode: 'worker',
			agentTool: 'claude-code'}, 201,
			{...member, id: '$member'}]]},
	{run: 'team-member get', calls: [
		['GET', '/api/team-members/$member?projectId=$project', , 200,
			member],
		['GET', '/api/team-members/$member', , 200, member]]},
	{run: 'team-member edit', calls: [
		['PATCH', '/api/team-members/$member', {projectId: '$project',
			name: 'Ada L', modelProfileId: 'mp_fast',
			permissionMode: 'acceptEdits', skillIds: ['a-b']}, 200,
			{...member, name: '=Ada L'}],
		['PATCH', '/api/team-members/$member', {projectId: '$project',
			modelProfileId: ''}, 200, member]]},
	{run: 'team-member update-identity', calls: [
		['PATCH', '/api/team-members/$member', {projectId: '$project',
			identity: 'You are Ada.'}, 200,
			{...member, identity: '=You are Ada.'}]]},
	{run: 'team-member memory append', calls: [
		['POST', '/api/team-members/$member/memory',
			{projectId: '$project', entries: ['Tests first']}, 200,
			{...member, memory: ['string']}]]},
	{run: 'team-member memory clear', calls: [
		['PATCH', '/api/team-members/$member', {projectId: '$project',
			memory: []}, 200, member]]},
	{run: 'team-member reset', calls: [
		['POST', '/api/team-members/tm_$project_coordinator/reset',
			{projectId: '$project'}, 200, {...member,
				isDefault: true}]]},
	{run: 'team create (no --members)', calls: [
		['POST', '/api/teams', {projectId: '$project', name: 'Core',
			leaderId: '$member'}, 201, {...team, id: '$team'}]]},
	{run: 'team create', calls: [
		['POST', '/api/teams', {projectId: '$project', name: 'Sub',
			leaderId: '$member', memberIds: ['$member']}, 201,
			{...team, id: '$sub'}]]},
	{run: 'team list, tree', calls: [
		['GET', '/api/teams?projectId=$project', , 200, [team]]]},
	{run: 'team get', calls: [
		['GET', '/api/teams/$team?projectId=$project', , 200, team]]},
	{run: 'team edit', calls: [
		['PATCH', '/api/teams/$team', {projectId: '$project',
			name: 'Core 2'}, 200, {...team, name: '=Core 2'}]]},
	{run: 'team add-member', calls: [
		['POST', '/api/teams/$team/members', {projectId: '$project',
			memberIds: ['tm_$project_simple_worker']}, 200, team]]},
	{run: 'team remove-member', calls: [
		['DELETE', '/api/teams/$team/members?projectId=$project'
			+ '&memberIds=tm_$project_simple_worker', , 200, team]]},
	{run: 'team add-sub-team', calls: [
		['POST', '/api/teams/$team/sub-teams', {projectId: '$project',
			subTeamId: '$sub'}, 200, team]]},
	{run: 'team remove-sub-team', calls: [
		['DELETE', '/api/teams/$team/sub-teams?projectId=$project'
			+ '&subTeamId=$sub', , 200, team]]},
	{run: 'team archive, unarchive, delete', calls: [
		['POST', '/api/teams/$sub/archive', {projectId: '$project'},
			200, {...team, status: '=archived'}],
		['POST', '/api/teams/$sub/unarchive', {projectId: '$project'},
			200, {...team, status: '=active'}],
		['DELETE', '/api/teams/$sub?projectId=$project', , 422,
			{error: true, message: 'string',
				code: '=BUSINESS_RULE_ERROR'}],
		['POST', '/api/teams/$sub/archive', {projectId: '$project'},
			200, team],
		['DELETE', '/api/teams/$sub?projectId=$project', , 200, gone]]},
	{run: 'team-member archive, unarchive, delete', calls: [
		['POST', '/api/team-members/$member/archive',
			{projectId: '$project'}, 200, member],
		['POST', '/api/team-members/$member/unarchive',
			{projectId: '$project'}, 200, member],
		['POST', '/api/team-members/$member/archive',
			{projectId: '$project'}, 200, member],
		['DELETE', '/api/team-members/$member?projectId=$project', ,
			200, gone]]},
	{run: 'model-profile list, get', calls: [
		['GET', '/api/model-profiles', , 200, [{id: 'string',
			name: 'string', launchConfig: {provider: 'string',
				model: 'string'}}]],
		['GET', '/api/model-profiles/mp_fast', , 200, {id: '=mp_fast',
			name: 'string', launchConfig: {}, createdAt: 'iso'}]]},

	// --- spells ---
	{run: 'spell entities', calls: ['maestro', 'skill', 'team-member',
		'task', 'doc', 'session', 'custom-prompt'].map((type) =>
		['GET', `/api/spells/entities/${type}?projectId=$project`, ,
			200, [{id: 'string', type: 'string', name: 'string',
				availableSpells: ['string'],
				// What this command itself reads.
				entityId: 'string', entityType: 'string',
				spells: [{name: 'string'}]}]])},
	{run: 'spell list', calls: [
		['GET', '/api/spells/definitions?entityType=task'
			+ '&projectId=$project', , 200, [{name: 'string',
				entityType: '=task', label: 'string',
				description: 'string',
				promptTemplate: 'string'}]]]},
	{run: 'spell create', calls: [
		['POST', '/api/spells/custom-prompts', {name: 'Tidy',
			prompt: 'Tidy up', description: ''}, 201, {
			id: '$prompt', name: '=Tidy', content: '=Tidy up',
			createdAt: 'ms', updatedAt: 'ms'}]]},
	{run: 'spell invoke', as: '$session', calls: [
		['POST', '/api/spells/invoke', {entityId: '$prompt',
			spellName: null, targetSessionId: '$worker',
			invokerSessionId: '$session', args: {}}, 200, {
			success: true, prompt: 'string', entityType: 'string',
			entityId: 'string', spellName: 'string',
			targetSessionId: 'string', timestamp: 'any'}]]},
	{run: 'spell delete', calls: [
		['DELETE', '/api/spells/custom-prompts/$prompt', , 200,
			{success: true}]]},

	// --- across projects ---
	{run: 'master projects', calls: [
		['GET', '/api/master/projects', , 200, [project]]]},
	{run: 'master tasks', calls: [
		['GET', '/api/master/tasks', , 200, [task]]]},
	{run: 'master sessions', calls: [
		['GET', '/api/master/sessions?projectId=$project', , 200,
			[session]]]},
	{run: 'master context', calls: [
		['GET', '/api/master/context', , 200, {projects: [project],
			taskCounts: {}, sessionCounts: {}}]]},

	// --- what only the agent's machine can do: 4xx, so that it is not
	// tried again, or an honest nothing ---
	{run: 'git status', as: '$session', calls: [
		['GET', '/api/sessions/$session/git', , 200,
			{hasWorktree: false}]]},
	{run: 'git diff', as: '$session', calls: [
		['GET', '/api/sessions/$session/git/diff?file=a', , 404,
			{error: true, message: 'string', code: '=no_worktree'}]]},
	{run: 'git pr', as: '$session', calls: [
		['GET', '/api/sessions/$session/git/pr', , 200, {pr: null}],
		['POST', '/api/sessions/$session/git/pr', {title: 't',
			body: ''}, 404, {error: true, code: '=no_worktree'}]]},
	{run: 'git merge', as: '$session', calls: [
		['POST', '/api/sessions/$session/git/merge', {}, 404,
			{error: true, code: '=no_worktree'}]]},
	{run: 'announce', as: '$session', calls: [
		['POST', '/api/announce', {message: 'Hello'}, 422,
			{error: true, code: '=host_required'}]]},

	// --- the end ---
	{run: 'session report complete', as: '$worker', calls: [
		['POST', '/api/sessions/$worker/timeline', {
			type: 'task_completed', message: 'Done'}, 200, session],
		['PATCH', '/api/sessions/$worker', {status: 'completed'}, 200,
			{...session, completedAt: 'ms'}]]},
	{run: 'session complete', as: '$session', calls: [
		['PATCH', '/api/sessions/$session', {status: 'completed',
			completedAt: 1795244608095}, 200,
			{...session, status: '=completed'}]]},
	{run: 'task delete --cascade', calls: [
		['GET', '/api/tasks/$task/children', , 200, [task]],
		['DELETE', '/api/tasks/$child', , 200, gone],
		['DELETE', '/api/tasks/$task', , 200, gone]]},
	{run: 'project delete', calls: [
		['DELETE', '/api/projects/$project', , 422,
			{error: true, code: '=BUSINESS_RULE_ERROR'}]]},
];
