// English texts of this area. Every key stands in ../ru/list.ts, too.
export const list = {
  title: 'Records',
};
