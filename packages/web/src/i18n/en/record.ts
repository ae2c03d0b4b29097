// English texts of this area. Every key stands in ../ru/record.ts, too.
export const record = {
  title: 'Record',
};
