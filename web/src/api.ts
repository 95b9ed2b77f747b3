// The one way to the server: typed failures, our CSRF header, ETags, idempotency keys.
//
// GET answers are kept in the browser's Cache Storage under their ETag: the next visit paints from there at once, asks the
// server whether it still holds, and reads it when the server cannot be reached. Signing out empties it.
import type { Problem } from './types';

const STORE = 'leadlight-data';
const MAX_KEPT = 80;
const TIMEOUT_MS = 20_000;

export type Failure =
  | { kind: 'offline' }
  | { kind: 'signed_out' }
  | { kind: 'problem'; status: number; title: string; detail: string; where: string; requestId: string };

export class ApiError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.kind === 'problem' ? failure.title : failure.kind);
  }
}

export function failureOf(e: unknown): Failure {
  if (e instanceof ApiError) return e.failure;
  const title = e instanceof Error ? e.message : String(e);
  return { kind: 'problem', status: 0, title, detail: '', where: '', requestId: '' };
}

async function problemOf(answer: Response): Promise<Failure> {
  let p: Partial<Problem> = {};
  if ((answer.headers.get('content-type') ?? '').includes('json')) {
    p = await answer.json().then((body) => (typeof body === 'object' && body ? body : {}), () => ({}));
  }
  return {
    kind: 'problem',
    status: answer.status,
    title: p.title ?? `HTTP ${answer.status}`,
    detail: p.detail ?? '',
    where: p.where ?? '',
    requestId: p.request_id ?? answer.headers.get('x-request-id') ?? '',
  };
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, {
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...init,
    });
  } catch {
    throw new ApiError({ kind: 'offline' });
  }
}

async function store(): Promise<Cache | undefined> {
  // Cache Storage exists only where the browser trusts the origin: https, or this machine.
  return typeof caches === 'undefined' ? undefined : caches.open(STORE).catch(() => undefined);
}

export async function forgetAll(): Promise<void> {
  if (typeof caches !== 'undefined') await caches.delete(STORE).catch(() => false);
}

export interface Kept<T> {
  data: T;
  at: number;
}

/** What was last heard from `path`, from this device. */
export async function kept<T>(path: string): Promise<Kept<T> | undefined> {
  const found = await (await store())?.match(path);
  if (!found) return undefined;
  const data = (await found.json().catch(() => undefined)) as T | undefined;
  return data === undefined ? undefined : { data, at: Number(found.headers.get('x-kept-at') ?? 0) };
}

async function keep(path: string, text: string, etag: string): Promise<void> {
  const cache = await store();
  if (!cache) return;
  const headers = { 'content-type': 'application/json', 'x-kept-at': String(Date.now()), etag };
  await cache.delete(path);
  await cache.put(path, new Response(text, { headers })).catch(() => undefined);
  const keys = await cache.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - MAX_KEPT))) await cache.delete(old);
}

/** GET. `keepIt`: remember the answer on this device. */
export async function get<T>(path: string, keepIt = false): Promise<T> {
  const old = keepIt ? await (await store())?.match(path) : undefined;
  const etag = old?.headers.get('etag') ?? '';
  const answer = await send(path, { headers: { accept: 'application/json', ...(etag && { 'if-none-match': etag }) } });
  if (answer.status === 304 && old) {
    const text = await old.text();
    await keep(path, text, etag);
    return JSON.parse(text) as T;
  }
  if (answer.status === 401) throw new ApiError({ kind: 'signed_out' });
  if (!answer.ok) throw new ApiError(await problemOf(answer));
  const text = await answer.text().catch(() => {
    throw new ApiError({ kind: 'offline' });
  });
  if (keepIt) await keep(path, text, answer.headers.get('etag') ?? '');
  return JSON.parse(text) as T;
}

export interface SendOptions {
  key?: string;
  ifMatch?: string;
  keepalive?: boolean;
}

/** POST, PUT or DELETE. Answers what the server answers, or undefined where it says nothing. */
export async function change<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown, o: SendOptions = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json', 'x-leadlight': '1' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (o.key) headers['idempotency-key'] = o.key;
  if (o.ifMatch) headers['if-match'] = o.ifMatch;
  const answer = await send(path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(o.keepalive && { keepalive: true }),
  });
  // A refused sign-in is a problem to be shown, not a session that ended.
  if (answer.status === 401 && !path.endsWith('/session')) throw new ApiError({ kind: 'signed_out' });
  if (!answer.ok) throw new ApiError(await problemOf(answer));
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}
