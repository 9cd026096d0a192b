import { readFile } from 'node:fs/promises';

/** What a process holds of the machine's memory now, in bytes, as the system counts it. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = /^VmRSS:\s+(?<size>\d+) kB$/mu.exec(status)?.groups?.['size'];
  if (kilobytes === undefined) throw new Error('The system does not tell what the process holds');
  return Number(kilobytes) * 1024;
}
