/** The revision without sessions: what it needs to know, every request says. */
export const MODERN = '2026-07-28';
