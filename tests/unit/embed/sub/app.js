export const answer = "\u00e9 is é";
