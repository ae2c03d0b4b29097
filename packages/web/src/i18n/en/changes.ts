// English texts of this area. Every key stands in ../ru/changes.ts, too.
export const changes = {
  title: 'Changes',
};
