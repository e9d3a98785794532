// The same tasks as an Express server would serve them: the same tables,
// policies and tokens, each request a transaction that says who asks.  Two
// processes, a pool each, named (prepared) statements.  Settings come from the
// environment: PEER_SOCKET, PEER_DATABASE (host), PEER_KEYS (JWKs), PEER_SECRET.
import cluster from 'node:cluster';
import { createPublicKey } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import express from 'express';
import jwt from 'jsonwebtoken';
import pg from 'pg';

const PROCESSES = 2;
const CONNECTIONS = 16; // as many as maestro has workers

// --- who asks ---------------------------------------------------------------

const keys = new Map(JSON.parse(readFileSync(process.env.PEER_KEYS, 'utf8'))
	.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
const secret = readFileSync(process.env.PEER_SECRET);

function keyOf(header, done) {
	if (header.alg === 'ES256' && keys.has(header.kid))
		return done(null, keys.get(header.kid));
	return header.alg === 'HS256' ? done(null, secret)
		: done(new Error('no such key'));
}

function authenticate(req, res, next) {
	const [scheme, token] = (req.get('authorization') ?? '').split(' ');

	if (scheme !== 'Bearer')
		return res.status(401).json({ message: 'A token is needed' });
	jwt.verify(token, keyOf, { algorithms: ['ES256', 'HS256'],
		audience: 'authenticated' }, (error, claims) => {
		if (error)
			return res.status(401).json({ message: error.message });
		req.claims = JSON.stringify(claims);
		next();
	});
}

// --- tasks ------------------------------------------------------------------

// Column, key; what stands after "rest" is left out when it is null.
const always = ['id', 'project_id', 'parent_id', 'title', 'description',
	'status', 'priority', 'initial_prompt', 'created_at', 'updated_at',
	'started_at', 'completed_at', 'session_ids', 'skill_ids', 'agent_ids',
	'dependencies', 'reference_task_ids', 'team_id', 'due_date', 'tags'];
const sometimes = ['task_session_statuses', 'team_member_id',
	'team_member_ids', 'member_overrides', 'images', 'dangerous_mode',
	'use_worktree', 'pinned', 'acceptance_criteria', 'client_request_id'];
const columns = [...always, ...sometimes].join(', ');
const withKey = (names) => names.map((name) =>
	[name, name.replace(/_(.)/g, (all, letter) => letter.toUpperCase())]);
const [alwaysKeys, sometimesKeys] = [withKey(always), withKey(sometimes)];

function taskOf(row) {
	const task = {};

	for (const [name, key] of alwaysKeys)
		task[key] = row[name];
	for (const [name, key] of sometimesKeys) {
		if (row[name] !== null)
			task[key] = row[name];
	}
	return task;
}

// Milliseconds on the wire; a date stays the text it is.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) =>
	Date.parse(text));
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

const pool = cluster.isPrimary ? null : new pg.Pool({
	host: process.env.PEER_DATABASE, database: 'maestro',
	user: 'authenticator', max: CONNECTIONS / PROCESSES });

async function rows(req, name, text, values) {
	const db = await pool.connect();

	try {
		await db.query('begin');
		await db.query({ name: 'scope', text:
			"select set_config('request.jwt.claims', $1, true), " +
			"set_config('role', 'authenticated', true)",
		values: [req.claims] });
		const result = await db.query({ name, text, values });
		await db.query('commit');
		return result.rows.map(taskOf);
	} catch (error) {
		await db.query('rollback');
		throw error;
	} finally {
		db.release();
	}
}

const app = express();
app.disable('x-powered-by');
app.use(authenticate);

app.get('/api/tasks', async (req, res) => {
	res.json(await rows(req, 'list', `select ${columns} from public.tasks
		where project_id = $1 order by created_at, id`,
	[req.query.projectId]));
});

app.get('/api/tasks/:id', async (req, res) => {
	const [task] = await rows(req, 'get', `select ${columns}
		from public.tasks where id = $1`, [req.params.id]);

	if (!task)
		return res.status(404).json({ message: 'No such task' });
	res.json(task);
});

app.post('/api/tasks', express.json(), async (req, res) => {
	const b = req.body;
	const [task] = await rows(req, 'create', `insert into public.tasks
		(project_id, title, description, status, priority, tags)
		values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
	[b.projectId, (b.title ?? '').trim(), b.description ?? '',
		b.status ?? 'todo', b.priority ?? 'medium', b.tags ?? []]);

	res.status(201).json(task);
});

if (cluster.isPrimary) {
	for (let i = 0; i < PROCESSES; i++)
		cluster.fork();
	cluster.on('exit', () => process.exit(1));
} else {
	app.listen(process.env.PEER_SOCKET, () =>
		chmodSync(process.env.PEER_SOCKET, 0o777));
}
