/** Two ids that careless code confuses, because of quotes, paths, escapes, case or spelling. */
const hostilePairs: readonly ((stem: string) => [string, string])[] = [
  (stem) => [`${stem}-bob`, `${stem}-bob'`],
  (stem) => [`${stem}-eve`, `'${stem}-eve'`],
  (stem) => [`${stem}-ann`, `${stem}-"ann"`],
  (stem) => [`${stem}-max`, `${stem}-MAX`],
  (stem) => [`${stem}/a/b`, `${stem}%2Fa%2Fb`],
  (stem) => [`${stem}\\c`, `${stem}\\\\c`],
  (stem) => [`${stem}-5%`, `${stem}-5%25`],
  (stem) => [`${stem}-zo\u00eb`, `${stem}-zoe\u0308`],
  (stem) => [`${stem} ann smith`, `${stem} ann jones`],
  (stem) => [`${stem}~1`, `${stem}%7E1`],
];

/** The users of one seed. Both ids of a pair come one after the other, in the same world. */
export function drawUserIds(seed: number, count: number): string[] {
  const ids: string[] = [];
  for (let number = 0; ids.length < count; number += 2) {
    const pair = hostilePairs[(seed + number / 2) % hostilePairs.length];
    ids.push(...(pair?.(`s${seed}-${number}`) ?? []));
  }
  return ids.slice(0, count);
}
