import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { compact, encode, signInput, type SigningKey } from '../../support/token-keys.ts';

export type TokenLab = {
  readonly keys: Readonly<Record<'RS256' | 'PS256' | 'ES256' | 'EdDSA', SigningKey>>;
  /** Signs just as well, and is published nowhere. */
  readonly stranger: SigningKey;
  readonly issuer: string;
  readonly audience: string;
  readonly nowSeconds: number;
};

export type BadToken = readonly [what: string, token: string];
type Claims = Record<string, unknown>;

const BIDI = '\u202e';

/** What a good token says. */
export function goodClaims({ issuer, audience, nowSeconds }: TokenLab): Claims {
  return {
    iss: issuer,
    aud: audience,
    sub: 'alice',
    client_id: 'client',
    scope: 'read trade',
    iat: nowSeconds - 10,
    exp: nowSeconds + 300,
    jti: 'id-1',
  };
}

export const goodHeader = (key: SigningKey): Claims => ({ alg: key.alg, kid: key.kid, typ: 'at+jwt' });

/** Every token here is one step away from a good one. */
export function badTokens(lab: TokenLab): readonly BadToken[] {
  return [
    ...badAlgorithms(lab),
    ...badHeaders(lab),
    ...badKeys(lab),
    ...badClaims(lab),
    ...badTexts(lab),
    ...badShapes(lab),
    ...badSignatures(lab),
  ];
}

function badAlgorithms(lab: TokenLab): BadToken[] {
  const { RS256, EdDSA } = lab.keys;
  const claims = goodClaims(lab);
  const named = (alg: unknown): BadToken => [
    `alg ${JSON.stringify(alg)}`,
    compact(EdDSA, { ...goodHeader(EdDSA), alg }, claims),
  ];
  const unsigned = ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg): BadToken[] => {
    const input = `${encode({ ...goodHeader(EdDSA), alg })}.${encode(claims)}`;
    return [
      [`alg ${alg} without a signature`, `${input}.`],
      [`alg ${alg} without a third part`, input],
      [`alg ${alg} with a signature`, `${input}.${signInput('EdDSA', input, EdDSA.privateKey).toString('base64url')}`],
    ];
  });
  const pem = createPublicKey(RS256.privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const der = createPublicKey(RS256.privateKey).export({ type: 'spki', format: 'der' });
  const secrets: [string, string | Buffer][] = [
    ['the public key as PEM', pem],
    ['the trimmed PEM', pem.trim()],
    ['the public key as DER', der],
    ['the public JWK', JSON.stringify(RS256.publicJwk)],
    ['nothing', ''],
  ];
  const symmetric = secrets.flatMap(([what, secret]) =>
    ['HS256', 'HS384', 'HS512'].map((alg): BadToken => {
      const input = `${encode({ ...goodHeader(RS256), alg })}.${encode(claims)}`;
      const hash = `sha${alg.slice(2)}`;
      return [
        `${alg} with ${what} as the secret`,
        `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`,
      ];
    }),
  );
  const others = [
    'RS384',
    'RS512',
    'PS384',
    'PS512',
    'ES384',
    'ES512',
    'ES256K',
    'Ed448',
    'Ed25519',
    'eddsa',
    'EDDSA',
    'rs256',
    'EdDSA ',
  ];
  return [
    ...unsigned,
    ...symmetric,
    ...others.map(named),
    ...[null, 1, true, {}, ['EdDSA'], undefined].map(named),
    ...confusedAlgorithms(lab),
  ];
}

/** A published key of one kind, named together with the algorithm of another. */
function confusedAlgorithms(lab: TokenLab): BadToken[] {
  const all = Object.values(lab.keys);
  return all.flatMap((key) =>
    all
      .filter((other) => other !== key)
      .flatMap((other): BadToken[] => [
        [`${key.alg} key, alg ${other.alg}`, compact(key, { ...goodHeader(key), alg: other.alg }, goodClaims(lab))],
        [
          `${key.alg} signature, kid of the ${other.alg} key`,
          compact(key, { ...goodHeader(key), kid: other.kid }, goodClaims(lab)),
        ],
      ]),
  );
}

function badHeaders(lab: TokenLab): BadToken[] {
  const key = lab.keys.ES256;
  const { stranger } = lab;
  const changed = (change: Claims, by = key): BadToken => [
    `header ${JSON.stringify(change).slice(0, 60)}`,
    compact(by, { ...goodHeader(by), ...change }, goodClaims(lab)),
  ];
  return [
    ...[
      { jku: 'https://evil.example/keys' },
      { x5u: 'https://evil.example/cert' },
      { x5c: ['MIIB'] },
      { crit: ['exp'], exp: 1 },
      { crit: [] },
      { crit: ['b64'], b64: true },
      { crit: 'b64' },
      { b64: false },
      { b64: true },
      { cty: 'JWT' },
      { enc: 'A256GCM' },
      { zip: 'DEF' },
      { nonce: 'x' },
      { url: 'https://evil.example' },
      { typ: undefined },
      { typ: '' },
      { typ: null },
      { typ: 1 },
      { typ: ['at+jwt'] },
      { typ: 'id+jwt' },
      { typ: 'logout+jwt' },
      { typ: 'dpop+jwt' },
      { typ: 'secevent+jwt' },
      { typ: 'rt+jwt' },
      { typ: 'JOSE' },
      { typ: 'JWE' },
      { typ: 'at+jwt ' },
      { typ: 'application/application/at+jwt' },
      { typ: 'text/at+jwt' },
      { kid: undefined },
      { kid: '' },
      { kid: null },
      { kid: 7 },
      { kid: [key.kid] },
      { kid: `${key.kid} ` },
      { kid: `${key.kid}\u0000` },
      { kid: key.kid.toUpperCase() },
      { kid: 'unknown' },
      { kid: '../../dev/null' },
      { kid: "' or '1'='1" },
      { kid: '__proto__' },
      { kid: 'constructor' },
      { kid: 'x'.repeat(300) },
    ].map((change) => changed(change)),
    changed({ jwk: stranger.publicJwk, kid: stranger.kid }, stranger),
    changed({ jwk: key.publicJwk }),
  ];
}

function badKeys(lab: TokenLab): BadToken[] {
  const { stranger } = lab;
  const claims = goodClaims(lab);
  const published = lab.keys.EdDSA;
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const input = `${encode({ alg: 'RS256', kid: 'weak', typ: 'at+jwt' })}.${encode(claims)}`;
  return [
    ['an unpublished key', compact(stranger, goodHeader(stranger), claims)],
    [
      'an unpublished key under a published name',
      compact(stranger, { ...goodHeader(stranger), kid: published.kid }, claims),
    ],
    ['a published key too weak to count', `${input}.${sign('sha256', Buffer.from(input), weak).toString('base64url')}`],
  ];
}

function badClaims(lab: TokenLab): BadToken[] {
  const { issuer, audience, nowSeconds: now } = lab;
  const key = lab.keys.EdDSA;
  const not = (name: string, values: readonly unknown[]): BadToken[] =>
    values.map((value) => [
      `${name} ${JSON.stringify(value)}`.slice(0, 80),
      compact(key, goodHeader(key), { ...goodClaims(lab), [name]: value }),
    ]);
  const together = (claims: Claims): BadToken => [
    `claims ${JSON.stringify(claims).slice(0, 60)}`,
    compact(key, goodHeader(key), { ...goodClaims(lab), ...claims }),
  ];
  const many = Array.from({ length: 9 }, (_, index) => `https://a${index}.example`);
  return [
    ...not('iss', [
      undefined,
      null,
      '',
      'https://evil.example',
      `${issuer}/`,
      ` ${issuer}`,
      issuer.toUpperCase(),
      issuer.slice(0, -1),
      [issuer],
      { iss: issuer },
      1,
      true,
    ]),
    ...not('iss', [`${issuer}\u0000`, `${issuer}@evil.example`, `${issuer}.evil.example`, `${issuer}#`]),
    ...not('aud', [
      undefined,
      null,
      '',
      [],
      [[]],
      'https://evil.example',
      ['https://evil.example'],
      `${audience}/`,
      `${audience}/x`,
      audience.slice(0, -1),
    ]),
    ...not('aud', [
      audience.toUpperCase(),
      ` ${audience}`,
      `${audience} https://evil.example`,
      [audience, 1],
      [audience, null],
      [audience, audience],
    ]),
    ...not('aud', [
      [[audience]],
      { aud: audience },
      { 0: audience, length: 1 },
      1,
      true,
      [audience, ''],
      [audience, ...many],
      [`${audience}\n`],
    ]),
    ...not('exp', [
      undefined,
      null,
      now - 6,
      now - 86_400,
      0,
      -1,
      `${now + 300}`,
      now + 0.5,
      1e300,
      2 ** 53,
      now * 1000,
      [now + 300],
      {},
      true,
    ]),
    ...not('exp', [now + 32 * 86_400, '2999-01-01T00:00:00Z', '']),
    ...not('iat', [undefined, null, now + 60, `${now}`, now - 0.5, -1, 0, [now], {}, true, now - 40 * 86_400]),
    ...not('nbf', [now + 6, now + 3600, null, `${now}`, now + 0.5, 1e300, [now], {}, false, -1]),
    together({ iat: now + 4, exp: now + 4 }),
    together({ iat: now - 1, exp: now - 2 }),
    together({ iat: now + 60, nbf: now }),
    ...not('sub', [
      undefined,
      null,
      '',
      ' ',
      ' alice',
      'alice ',
      'ali\nce',
      'ali\u0000ce',
      'ali\u200bce',
      `${BIDI}ecila`,
      '\ud800',
      'x'.repeat(256),
    ]),
    ...not('sub', [1, true, {}, ['alice'], { sub: 'alice' }, { toString: 'alice' }]),
    ...not('client_id', [null, '', 1, {}, ['client'], 'cli\nent', ' client']),
    together({ client_id: undefined, azp: 1 }),
    together({ client_id: undefined, azp: '' }),
    together({ client_id: null, azp: 'client' }),
    ...not('scope', [
      null,
      1,
      true,
      {},
      ' read',
      'read ',
      'read  trade',
      'read\ttrade',
      'read\ntrade',
      'read,"trade"',
      'read\\',
      'réad',
      'read\u00a0trade',
    ]),
    ...not('scope', [
      ['read trade'],
      ['read', 1],
      ['read', ['trade']],
      [''],
      [null],
      { read: true },
      ['read', 'tra de'],
    ]),
    ...not('scp', ['read admin', ['read', 'trade', 'admin'], 'read', 1, null, {}]),
    ...not('typ', ['ID', 'Refresh', 'Logout', 'Offline', '', 1, null, ['Bearer']]),
    ...not('token_use', ['id', '', 1, null]),
    ...not('nonce', ['x', null]),
    ...not('at_hash', ['x']),
    ...not('c_hash', ['x']),
    ...not('events', [{ 'http://schemas.openid.net/event/backchannel-logout': {} }]),
    ...not('cnf', [{ jkt: 'x' }, { 'x5t#S256': 'x' }, {}, null]),
  ];
}

/** Payloads that two readers would read differently, or no reader should. */
function badTexts(lab: TokenLab): BadToken[] {
  const key = lab.keys.EdDSA;
  const claims = goodClaims(lab);
  const text = JSON.stringify(claims);
  const header = JSON.stringify(goodHeader(key));
  const { sub: _, ...nobody } = claims;
  const payload = (what: string, body: string | Buffer): BadToken => [what, compact(key, header, body)];
  return [
    payload('sub twice', text.replace('{', '{"sub":"bob",')),
    payload('sub twice, once escaped', text.replace('{', '{"\\u0073ub":"bob",')),
    payload('exp twice', text.replace('{', '{"exp":9999999999,')),
    payload('a nested member twice', text.replace('{', '{"x":{"a":1,"a":2},')),
    payload('sub from the prototype', JSON.stringify(nobody).replace('{', '{"__proto__":{"sub":"alice"},')),
    payload('an escaped prototype', text.replace('{', '{"\\u005f_proto__":{},')),
    payload('a constructor', text.replace('{', '{"constructor":{"prototype":{}},')),
    payload('a nested prototype', text.replace('{', '{"x":[{"__proto__":1}],')),
    payload('a list', `[${text}]`),
    payload('a text', JSON.stringify(text)),
    payload('null', 'null'),
    payload('nothing', ''),
    payload('an unfinished object', text.slice(0, -1)),
    payload('two objects', text + text),
    payload('something after the object', `${text}x`),
    payload('a null byte after the object', `${text}\u0000`),
    payload('a byte order mark', `\ufeff${text}`),
    payload('a comment', text.replace('{', '{/**/')),
    payload('single quotes', text.replaceAll('"', "'")),
    payload('a trailing comma', text.replace(/\}$/u, ',}')),
    payload('NaN', text.replace('{', '{"x":NaN,')),
    payload('UTF-16', Buffer.from(text, 'utf16le')),
    payload(
      'broken UTF-8',
      Buffer.concat([
        Buffer.from(text.slice(0, -1)),
        Buffer.from(',"x":"'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}'),
      ]),
    ),
    payload(
      'overlong UTF-8',
      Buffer.concat([Buffer.from(`{"x":"`), Buffer.from([0xc0, 0xaf]), Buffer.from(`",${text.slice(1)}`)]),
    ),
    ['alg twice', compact(key, header.replace('{', '{"alg":"none",'), text)],
    ['kid twice', compact(key, header.replace('{', '{"kid":"other",'), text)],
    ['a list for a header', compact(key, `[${header}]`, text)],
    ['no header', compact(key, '', text)],
    ['a header that is no JSON', compact(key, 'alg=EdDSA', text)],
    ['a header prototype', compact(key, header.replace('{', '{"__proto__":{"alg":"EdDSA"},'), text)],
  ];
}

function badShapes(lab: TokenLab): BadToken[] {
  const key = lab.keys.EdDSA;
  const token = compact(key, goodHeader(key), goodClaims(lab));
  const [header = '', payload = '', signature = ''] = token.split('.');
  const long = compact(key, goodHeader(key), { ...goodClaims(lab), x: 'x'.repeat(8192) });
  const nested = compact(key, goodHeader(key), token);
  return [
    ['an empty text', ''],
    ['a dot', '.'],
    ['two dots', '..'],
    ['one part', header],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${token}.${signature}`],
    ['five parts, as a JWE has', `${token}.${payload}.${signature}`],
    ['an encrypted token', `${encode({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.AAAA.AAAA.AAAA.AAAA`],
    ['an empty header', `.${payload}.${signature}`],
    ['an empty payload', `${header}..${signature}`],
    ['a leading dot', `.${token}`],
    ['a trailing dot', `${token}.`],
    ['padding', `${token}==`],
    ['padding inside', `${header}=.${payload}.${signature}`],
    ['a blank inside', `${header}. ${payload}.${signature}`],
    ['a line end inside', `${header}.\n${payload}.${signature}`],
    ['a tab at the end', `${token}\t`],
    ['the other base64 alphabet', `${header}.${payload}.${signature.slice(0, -2)}+/`],
    ['a percent sign', `${header}%2e${payload}.${signature}`],
    ['a null byte', `${token}\u0000`],
    ['a comma and another token', `${token},${token}`],
    ['a semicolon', `${token};`],
    ['quotes', `"${token}"`],
    ['JSON serialization', JSON.stringify({ protected: header, payload, signature })],
    ['letters that look alike', `${token.slice(0, -1)}\uff21`],
    ['more than 8 KiB', long],
    ['a token in a token', nested],
    ['loose bits in the payload', looseBits(header, payload, signature)],
  ];
}

/** The same bytes, spelled with a last character whose unused bits are not zero. */
function looseBits(header: string, payload: string, signature: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  // 64 bytes of signature end in a character with four unused bits.
  const last = alphabet[alphabet.indexOf(signature.at(-1) ?? '') | 1] ?? '';
  return `${header}.${payload}.${signature.slice(0, -1)}${last}`;
}

function badSignatures(lab: TokenLab): BadToken[] {
  return Object.values(lab.keys).flatMap((key): BadToken[] => {
    const good = compact(key, goodHeader(key), goodClaims(lab));
    const bob = compact(key, goodHeader(key), { ...goodClaims(lab), sub: 'bob' });
    const [header = '', payload = '', signature = ''] = good.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const signed = (changed: Buffer): string => `${header}.${payload}.${changed.toString('base64url')}`;
    const flipped = Buffer.from(bytes);
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    const input = `${header}.${payload}`;
    const asDer = key.alg === 'ES256' ? sign('sha256', Buffer.from(input), key.privateKey) : Buffer.alloc(bytes.length);
    return [
      [`${key.alg}: another payload's signature`, `${header}.${bob.split('.')[1]}.${signature}`],
      [`${key.alg}: another token's signature`, `${header}.${payload}.${bob.split('.')[2]}`],
      [`${key.alg}: a flipped bit`, signed(flipped)],
      [`${key.alg}: a byte less`, signed(bytes.subarray(0, -1))],
      [`${key.alg}: a byte more`, signed(Buffer.concat([bytes, Buffer.from([0])]))],
      [`${key.alg}: all zero`, signed(Buffer.alloc(bytes.length))],
      [`${key.alg}: all ones`, signed(Buffer.alloc(bytes.length, 255))],
      [`${key.alg}: no signature`, `${header}.${payload}.`],
      [`${key.alg}: a wrong encoding`, signed(asDer)],
      [`${key.alg}: changed header`, `${encode({ ...goodHeader(key), typ: 'JWT' })}.${payload}.${signature}`],
    ];
  });
}
