// Replays what the command line of agent-maestro sends (cli_traffic.mjs): the
// same requests with the same headers, through https://host/k/<token>, which
// is all that client can be told.  Every answer is held against the shape it
// needs; a 5xx would make it try again, so there must be none.
import {commands} from './cli_traffic.mjs';
import {ok} from './clients.mjs';

const base = process.env.SUPABASE_URL;
const known = {};

// $name, longest names first: $project before $pro.
const fill = (text) => Object.keys(known).sort((a, b) => b.length - a.length)
	.reduce((t, name) => t.replaceAll('$' + name, known[name]), text);

// Where value is not of the shape: the path and why; undefined if it is.
const amiss = (value, shape, path = 'it') => {
	if (Array.isArray(shape)) {
		if (!Array.isArray(value))
			return `${path} is no array`;
		if (!shape.length)
			return undefined;
		for (const [i, v] of value.entries()) {
			const bad = amiss(v, shape[0], `${path}[${i}]`);
			if (bad)
				return bad;
		}
		return undefined;
	}
	if (shape && typeof shape === 'object') {
		if (!value || typeof value !== 'object' || Array.isArray(value))
			return `${path} is no object`;
		for (const [key, inner] of Object.entries(shape)) {
			const name = key.replace(/\?$/, '');
			if (!(name in value) && key !== name)
				continue;
			if (!(name in value))
				return `${path}.${name} is missing`;
			const bad = amiss(value[name], inner, `${path}.${name}`);
			if (bad)
				return bad;
		}
		return undefined;
	}
	if (typeof shape !== 'string')
		return value === shape ? undefined : `${path} is not ${shape}`;
	if (shape === 'any')
		return undefined;
	if (shape.startsWith('$')) {
		known[shape.slice(1)] = value;
		return typeof value === 'string' ? undefined
			: `${path} is no string`;
	}
	if (shape.startsWith('='))
		return value === shape.slice(1) ? undefined
			: `${path} is ${JSON.stringify(value)}`;
	if (shape === 'ms')
		return Number.isInteger(value) && value > 1e12 ? undefined
			: `${path} is no time: ${value}`;
	if (shape === 'iso')
		return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)
			? undefined : `${path} is no ISO time: ${value}`;
	return typeof value === shape ? undefined : `${path} is no ${shape}`;
};

const login = await fetch(`${base}/auth/v1/signup`, {method: 'POST',
	headers: {apikey: process.env.SUPABASE_ANON_KEY,
		'Content-Type': 'application/json'},
	body: JSON.stringify({email: 'cli@example.test',
		password: 'correct horse'})}).then((r) => r.json());
const {token} = await fetch(`${base}/api/tokens`, {method: 'POST',
	headers: {Authorization: `Bearer ${login.access_token}`,
		'Content-Type': 'application/json'},
	body: JSON.stringify({name: 'cli'})}).then((r) => r.json());
ok(/^mst_/.test(token), 'there is a token');

for (const {run, as, calls} of commands) {
	for (const [method, path, body, status, shape] of calls) {
		const name = `maestro ${run}: ${method} ${path}`;
		// Exactly what that client sends; never an Authorization.
		const r = await fetch(`${base}/k/${token}${fill(path)}`, {
			method,
			headers: {
				accept: '*/*',
				'accept-encoding': 'gzip, deflate, br',
				'content-type': 'application/json',
				'user-agent': 'node-fetch',
				...(as ? {'x-session-id': fill(as)} : {}),
			},
			...(body ? {body: fill(JSON.stringify(body))} : {}),
		});
		const text = await r.text();
		let why;
		if (r.status !== status) {
			why = `${r.status}, not ${status}`;
		} else {
			try {
				why = amiss(JSON.parse(text), shape);
			} catch (e) {
				why = e.message;
			}
		}
		ok(!why, name);
		if (why)
			console.log(`# ${why}: ${text.slice(0, 400)}`);
	}
}
