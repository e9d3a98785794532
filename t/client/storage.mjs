// storage-js as an application uses it: every method, as the service, as two
// users who must not see each other's files, and as nobody.
import {Readable} from 'node:stream';
import {clients, good, is, ok} from './clients.mjs';

const env = process.env;
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUl'
	+ 'EQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
let n = 0;

// status of the answer and code of the surface
const refused = ({data, error}, statusCode, name) => {
	ok(data === null && error, `${name}: refused`);
	is(String(error?.statusCode ?? error?.status), statusCode, name);
	return error;
};
const text = async (blob) => Buffer.from(await blob.arrayBuffer()).toString();
const names = (list) => list.map((f) => f.name).join(' ');

async function person(make) {
	const c = make();
	await c.auth.signUp({email: `st${++n}@client.test`,
		password: 'correct horse st'});
	return c.storage;
}

async function buckets(s, b) {
	is(good(await s.createBucket(b, {public: false,
		fileSizeLimit: '1MB', allowedMimeTypes: null}), 'createBucket'),
		{name: b}, 'gives its name');
	refused(await s.createBucket(b), '409', 'createBucket twice');
	const got = good(await s.getBucket(b), 'getBucket');
	is([got.id, got.public, got.file_size_limit], [b, false, 1000000],
		'as made');
	good(await s.updateBucket(b, {public: false, fileSizeLimit: null,
		allowedMimeTypes: null}), 'updateBucket');
	is(good(await s.getBucket(b), 'getBucket').file_size_limit, null,
		'as changed');
	ok(good(await s.listBuckets(), 'listBuckets')
		.some((x) => x.id === b), 'lists it');
	refused(await s.getBucket('no-such'), '404', 'getBucket of none');
	good(await s.createBucket(`${b}-pub`, {public: true}), 'a public bucket');
}

async function uploads(f) {
	const up = good(await f.upload('a/hello.txt', 'hello'), 'upload a string');
	is([up.path, up.fullPath?.endsWith('/a/hello.txt'), typeof up.id],
		['a/hello.txt', true, 'string'], 'path, fullPath, id');
	refused(await f.upload('a/hello.txt', 'again'), '409', 'upload twice');
	good(await f.upload('a/hello.txt', 'upserted', {upsert: true}), 'upsert');
	good(await f.upload('a/pic.png', png, {contentType: 'image/png',
		cacheControl: '60', metadata: {by: 'js'}}), 'upload a Buffer');
	good(await f.upload('a/blob.png', new Blob([png], {type: 'image/png'}),
		{metadata: {by: 'blob'}}), 'upload a Blob');
	const form = new FormData();
	form.append('file', new File(['form'], 'form.txt', {type: 'text/plain'}));
	good(await f.upload('a/form.txt', form), 'upload a form');
	good(await f.upload('a/stream.bin', Readable.from([Buffer.alloc(70000, 7),
		Buffer.alloc(70000, 8)]), {duplex: 'half',
		contentType: 'application/octet-stream'}), 'upload a stream');
	good(await f.upload('a/up.txt', 'to be updated'), 'upload');
	good(await f.update('a/up.txt', 'updated'), 'update');
	good(await f.upload("a/(x) &$@=;:+,'!.txt", 'odd'), 'an odd key');
	refused(await f.upload('a/\u00e4.txt', 'x'), '400', 'a bad key');
}

async function downloads(f) {
	is(await text(good(await f.download('a/hello.txt'), 'download')),
		'upserted', 'its text');
	const blob = good(await f.download('a/pic.png'), 'download a picture');
	is([blob.type, blob.size], ['image/png', png.length], 'type and size');
	is(good(await f.download('a/stream.bin'), 'download a stream').size,
		140000, 'all of it');
	is(await text(good(await f.download("a/(x) &$@=;:+,'!.txt"),
		'download the odd key')), 'odd', 'is the same');
	ok((await f.download('a/none')).error, 'download of none');
	const info = good(await f.info('a/pic.png'), 'info');
	is([info.size, info.contentType, info.cacheControl, info.metadata],
		[png.length, 'image/png', 'max-age=60', {by: 'js'}], 'tells');
	is(good(await f.info('a/blob.png'), 'info').metadata, {by: 'blob'},
		'of the form too');
	is((await f.exists('a/pic.png')).data, true, 'exists');
	is((await f.exists('a/none')).data, false, 'does not');
}

async function lists(f) {
	is(names(good(await f.list(), 'list')), 'a', 'a folder');
	is(names(good(await f.list('a', {limit: 2, offset: 1,
		sortBy: {column: 'name', order: 'desc'}}), 'list a page')),
		'stream.bin pic.png', 'sorted');
	is(names(good(await f.list('a', {search: 'hel'}), 'search')),
		'hello.txt', 'finds');
	if (!f.listV2)
		return;
	const page = good(await f.listV2({prefix: 'a/', limit: 3,
		with_delimiter: true}), 'listV2');
	is([page.objects.length, page.hasNext], [3, true], 'has more');
	const rest = good(await f.listV2({prefix: 'a/', limit: 100,
		cursor: page.nextCursor, with_delimiter: true}), 'listV2 again');
	is([rest.objects.length, rest.hasNext], [4, false], 'and no more');
}

async function changes(f, other) {
	good(await f.move('a/up.txt', 'b/moved.txt'), 'move');
	is(await text(good(await f.download('b/moved.txt'), 'download')),
		'updated', 'moved');
	good(await f.copy('b/moved.txt', 'b/copied.txt'), 'copy');
	refused(await f.copy('b/moved.txt', 'b/copied.txt'), '409', 'copy twice');
	refused(await f.move('b/none', 'b/x'), '404', 'move of none');
	const signed = good(await f.createSignedUrl('b/copied.txt', 60),
		'createSignedUrl');
	is(await (await fetch(signed.signedUrl)).text(), 'updated', 'opens');
	const save = good(await f.createSignedUrl('b/copied.txt', 60,
		{download: 'a b.txt'}), 'createSignedUrl to save');
	ok((await fetch(save.signedUrl)).headers.get('content-disposition')
		.includes('a%20b.txt'), 'under a name');
	const many = good(await f.createSignedUrls(['b/copied.txt', 'none'], 60),
		'createSignedUrls');
	is(many.map((x) => x.error === null), [true, false], 'one of two');
	refused(await f.createSignedUrl('none', 60), '404', 'sign none');
	const link = good(await f.createSignedUploadUrl('b/signed.txt'),
		'createSignedUploadUrl');
	// 2.78 sends "undefined" when no type is given.
	good(await other.uploadToSignedUrl('b/signed.txt', link.token, 'late',
		{contentType: 'text/plain'}), 'uploadToSignedUrl');
	is(await text(good(await f.download('b/signed.txt'), 'download')), 'late',
		'is there');
	is(names(good(await f.remove(['b/signed.txt', 'none', 'b/copied.txt']),
		'remove')), 'b/signed.txt b/copied.txt', 'what was there');
	is((await f.exists('b/signed.txt')).data, false, 'is gone');
}

async function strangers(f, b) {
	ok((await f.download('a/hello.txt')).error, 'a stranger: download');
	is((await f.list('a')).data, [], 'list');
	is((await f.exists('a/hello.txt')).data, false, 'exists');
	refused(await f.upload('a/hello.txt', 'mine', {upsert: true}), '403',
		'upsert');
	refused(await f.move('a/hello.txt', 'mine'), '404', 'move');
	refused(await f.copy('a/hello.txt', 'mine'), '404', 'copy');
	refused(await f.createSignedUrl('a/hello.txt', 60), '404', 'sign');
	is((await f.remove(['a/hello.txt'])).data, [], 'remove');
}

for (const {name, make} of clients) {
	console.log(`# ${name}`);
	const service = make(env.SUPABASE_SERVICE_ROLE_KEY).storage;
	const b = `js${++n}`;
	await buckets(service, b);
	const [ann, bob] = [await person(make), await person(make)];
	await uploads(ann.from(b));
	await downloads(ann.from(b));
	await lists(ann.from(b));
	await changes(ann.from(b), make().storage.from(b));
	await strangers(bob.from(b), b);
	await strangers(make().storage.from(b), b);

	good(await service.from(`${b}-pub`).upload('logo.png', png,
		{contentType: 'image/png'}), 'upload to a public bucket');
	const {publicUrl} = make().storage.from(`${b}-pub`)
		.getPublicUrl('logo.png').data;
	const answer = await fetch(publicUrl);
	is([answer.status, answer.headers.get('content-type')],
		[200, 'image/png'], 'is anybody\'s');
	refused(await ann.emptyBucket(b), '403', 'emptyBucket by a user');
	refused(await service.deleteBucket(b), '409', 'deleteBucket with files');
	good(await service.emptyBucket(b), 'emptyBucket');
	good(await service.deleteBucket(b), 'deleteBucket');
}
