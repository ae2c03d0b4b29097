// Texts that ra-core itself shows through its hooks, in Russian.
import type { ra as english } from '../en/ra.ts';
import type { SameKeys } from '../messages.ts';

export const ra: SameKeys<typeof english> = {
  notification: {
    updated: 'Сохранено |||| Сохранено записей: %{smart_count}',
    created: 'Создано',
    deleted: 'Удалено |||| Удалено записей: %{smart_count}',
    bad_item: 'Запись не такая, как ожидалось',
    item_doesnt_exist: 'Такой записи нет',
    http_error: 'Сервис недоступен',
    data_provider_error: 'Сервис ответил ошибкой',
    canceled: 'Отменено',
    logged_out: 'Сеанс завершён. Войдите снова.',
    not_authorized: 'У вас нет права на это действие.',
  },
  action: { undo: 'Отменить', close: 'Закрыть' },
  message: { error: 'Произошла ошибка', invalid_form: 'Некоторые значения неверны' },
  page: { error: 'Что-то пошло не так', not_found: 'Не найдено' },
  validation: { required: 'Нужно указать' },
  navigation: { no_results: 'Записей нет' },
};
