// English texts of this area. Every key stands in ../ru/rights.ts, too.
export const rights = {
  title: 'Rights',
};
