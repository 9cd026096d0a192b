const REASONS: Readonly<Record<number, string>> = {
  401: '401 Authorization Required',
  403: '403 Forbidden',
  413: '413 Request Entity Too Large',
  429: '429 Too Many Requests',
  500: '500 Internal Server Error',
  502: '502 Bad Gateway',
  503: '503 Service Temporarily Unavailable',
  504: '504 Gateway Time-out',
};

/** The page that the broker's front server answers with when a call never reaches a service. */
export function nginxPage(status: number): string {
  const title = REASONS[status] ?? `${status}`;
  return [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<center><h1>${title}</h1></center>`,
    '<hr><center>nginx</center>',
    '</body>',
    '</html>',
    '',
  ].join('\r\n');
}
