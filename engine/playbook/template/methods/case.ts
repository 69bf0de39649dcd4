/** Python's casefold, for the letters whose small form is not all there is to it. */
export const caseless = (text: string): string => text.toLowerCase().replaceAll('ß', 'ss').replaceAll('ς', 'σ');

/** Python's title(): every letter after one that is none is a capital. */
export const titled = (text: string): string =>
  text
    .toLowerCase()
    .replace(/(^|[^\p{L}])(\p{L})/gu, (_found, before: string, letter: string) => before + letter.toUpperCase());
