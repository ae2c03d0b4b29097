// English texts of this area. Every key stands in ../ru/model.ts, too.
export const model = {
  title: 'Data model',
};
