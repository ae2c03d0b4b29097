// Errors of the service in Russian, by the codes of its one error table: `en` is the message as that table has it, `ru` the same with the
// same names in braces. Loaded on Russian pages alone. A test holds it against the table: no code is missing, none has moved.
export interface ErrorWords {
  readonly en: string;
  readonly ru: string;
  /** What to do about it; left out where the table says nothing. */
  readonly hint?: string;
}

export const ERROR_WORDS: Readonly<Record<string, ErrorWords>> = {
  // requests
  bad_request: {
    en: 'The request cannot be understood: {reason}',
    ru: 'Запрос не удалось понять: {reason}',
  },
  malformed_json: {
    en: 'The body is not valid JSON',
    ru: 'Тело запроса — не правильный JSON',
    hint: 'Пришлите один объект JSON в UTF-8, Content-Type: application/json',
  },
  body_not_object: { en: 'The body must be a JSON object', ru: 'Тело запроса должно быть объектом JSON' },
  invalid_text: {
    en: 'Text must not contain NUL or lone surrogates',
    ru: 'В тексте есть символы, которые нельзя сохранить',
  },
  invalid_query: { en: '{reason}', ru: 'Запрос составлен неверно: {reason}' },
  unknown_option: {
    en: 'There is no query option {name}',
    ru: 'Параметра запроса {name} нет',
    hint: 'Имена, которые начинаются с $, принадлежат OData',
  },
  duplicate_option: { en: 'The query option {name} is given twice', ru: 'Параметр {name} указан дважды' },
  invalid_option: {
    en: 'The value of {name} is not valid: {reason}',
    ru: 'Неверное значение параметра {name}: {reason}',
  },
  invalid_expression: { en: '{reason}', ru: 'Выражение составлено неверно: {reason}' },
  unknown_property: { en: 'There is no property {name} on {entity}', ru: 'Поля «{name}» у «{entity}» нет' },
  operator_not_applicable: {
    en: '{operator} cannot be applied to {name}',
    ru: 'Действие {operator} не применимо к «{name}»',
  },
  type_mismatch: { en: '{reason}', ru: 'Значение не того типа: {reason}' },
  invalid_arguments: { en: 'The arguments of {name} are not valid', ru: 'Неверные аргументы операции {name}' },
  invalid_key: { en: 'The key {key} is not valid', ru: 'Неверный ключ записи: {key}' },
  invalid_skiptoken: {
    en: 'The continuation token does not fit this request',
    ru: 'Ссылка на следующую страницу не подходит к этому запросу',
    hint: 'Откройте список заново',
  },
  invalid_deltatoken: {
    en: 'The token of the delta link does not fit this request',
    ru: 'Ссылка на изменения не подходит к этому запросу',
    hint: 'Ссылку @odata.deltaLink передают без изменений и от того же пользователя',
  },
  delta_expired: {
    en: 'The delta link cannot tell what has changed: {reason}',
    ru: 'По этой ссылке изменения уже не узнать: {reason}',
    hint: 'Прочитайте список заново с Prefer: odata.track-changes',
  },
  schema_moved: {
    en: 'The model has changed since version {version} of its schema in a way that programs made for that cannot follow',
    ru: 'Модель изменилась после версии {version} так, что программы для той версии с ней уже не работают',
    hint: 'Создайте клиент заново и соберите с ним программу',
  },
  schema_change: { en: '{what} {change}', ru: '{what} {change}' },
  unknown_schema_version: {
    en: 'There is no version {version} of the schema here',
    ru: 'Версии схемы {version} здесь нет',
    hint: 'Передайте версию из $metadata или json-schemas этого сервиса, а для нынешней — *',
  },
  limit_exceeded: { en: 'The limit {limit} ({value}) is exceeded', ru: 'Превышен предел «{limit}» ({value})' },
  not_supported: { en: '{what} is not supported yet', ru: 'Пока не поддерживается: {what}' },
  method_not_allowed: { en: '{method} is not allowed here', ru: 'Метод {method} здесь не разрешён' },
  unsupported_media_type: {
    en: 'Content-Type {type} is not supported',
    ru: 'Content-Type {type} не поддерживается',
    hint: 'Используйте application/json',
  },
  not_acceptable: {
    en: 'None of the formats in Accept can be produced',
    ru: 'Ответ нельзя дать ни в одном из форматов, названных в Accept',
  },
  invalid_batch: { en: 'The batch is not valid', ru: 'Пакет запросов составлен неверно' },
  invalid_repeatability: {
    en: '{reason}',
    ru: 'Повторяемый запрос составлен неверно: {reason}',
    hint: 'У него есть Repeatability-Request-ID и Repeatability-First-Sent, одинаковые при каждом повторе',
  },
  repeated_request_differs: {
    en: 'Another request was sent with this Repeatability-Request-ID',
    ru: 'С этим Repeatability-Request-ID уже был другой запрос',
    hint: 'Дайте каждому запросу свой номер и повторяйте его без изменений, с тем же Repeatability-First-Sent',
  },
  repeated_request_expired: {
    en: 'The request was first sent more than {hours} hours ago: whether it was carried out is not known any more',
    ru: 'Запрос впервые отправлен более {hours} ч назад: выполнен ли он, уже не известно',
  },
  too_many_repeatable_requests: {
    en: 'No more answers are remembered for you today',
    ru: 'Сегодня для вас больше не запоминаются ответы на запросы',
    hint: 'Отправляйте больше записей за раз, просите меньше через Prefer: return=minimal или обойдитесь без заголовков Repeatability',
  },
  failed_dependency: {
    en: 'A request on which this one depends has failed: {id}',
    ru: 'Не удался запрос, от которого зависит этот: {id}',
  },
  payload_too_large: { en: 'The body is larger than {limit} bytes', ru: 'Запрос больше {limit} байт' },
  // identity
  unauthenticated: { en: 'Sign in: a valid access token is needed', ru: 'Войдите: нужен действующий доступ' },
  invalid_grant: {
    en: 'The credentials or the refresh token are not valid',
    ru: 'Неверные имя и пароль, или сеанс уже закончился',
  },
  invalid_client_request: { en: '{reason}', ru: 'Запрос на вход составлен неверно: {reason}' },
  unsupported_grant_type: {
    en: 'The grant type {name} is not supported',
    ru: 'Способ входа {name} не поддерживается',
  },
  too_many_attempts: { en: 'Too many attempts; try again later', ru: 'Слишком много попыток; попробуйте позже' },
  foreign_origin: {
    en: 'Only pages of this service may ask for this',
    ru: 'Об этом могут спрашивать только страницы этого сервиса',
  },
  sign_in_needed: {
    en: 'An API key cannot do this: sign in with a password',
    ru: 'С ключом API этого сделать нельзя: войдите с паролем',
  },
  // rights
  missing_privilege: {
    en: 'You do not have the privilege {privilege} on {entity}',
    ru: 'У вас нет права «{privilege}» на «{entity}»',
  },
  missing_privilege_on_record: {
    en: 'You do not have the privilege {privilege} on this {entity}',
    ru: 'У вас нет права «{privilege}» на эту запись («{entity}»)',
  },
  missing_capability: { en: 'You do not have the capability {name}', ru: 'У вас нет полномочия {name}' },
  cannot_act_as: {
    en: 'You cannot act as this user: {reason}',
    ru: 'Вы не можете действовать от имени этого пользователя: {reason}',
  },
  escalation: {
    en: 'You cannot give more than you hold: {what}',
    ru: 'Нельзя дать больше прав, чем есть у вас: {what}',
  },
  explain_access: {
    en: 'Which grants there are, and which would be enough: follow @kartoteka.explain',
    ru: 'Какие права есть и каких хватило бы, объясняет страница «Объяснение доступа»',
  },
  secured_property: { en: 'The property {name} is secured', ru: 'Поле «{name}» защищено' },
  // records
  not_found: { en: 'There is no such record', ru: 'Такой записи нет, или она вам не видна' },
  unknown_resource: { en: 'There is no resource {name}', ru: 'Такого адреса нет: {name}' },
  precondition_failed: {
    en: 'The record has changed since it was read',
    ru: 'Запись изменилась с тех пор, как вы её открыли',
    hint: 'Откройте её заново и повторите изменение',
  },
  isolation_not_supported: {
    en: 'No request is isolated from what others write meanwhile',
    ru: 'Запрос не отделён от того, что одновременно пишут другие',
  },
  record_exists: { en: 'There is such a record already', ru: 'Такая запись уже есть' },
  is_deleted: {
    en: 'This record is in the recycle bin',
    ru: 'Эта запись в корзине',
    hint: 'Верните её или создайте другую',
  },
  invalid_if_match: { en: 'If-Match is not a valid ETag', ru: 'В If-Match не ETag' },
  validation_failed: { en: 'The record is not valid', ru: 'Запись заполнена неверно' },
  required: { en: '{name} is required', ru: 'Заполните поле «{name}»' },
  read_only: { en: '{name} cannot be written', ru: 'Поле «{name}» изменить нельзя' },
  invalid_value: { en: '{name}: {reason}', ru: '{name}: {reason}' },
  dependent_value: {
    en: '{name}: {value} does not go with {parent} {parent_value}; it needs {needed}',
    ru: '{name}: «{value}» не подходит к «{parent}» = «{parent_value}»; нужно {needed}',
  },
  transition_refused: {
    en: '{name} cannot change from {from} to {value}; {allowed}',
    ru: 'Поле «{name}» нельзя перевести из «{from}» в «{value}»; {allowed}',
  },
  required_on_entry: {
    en: '{name} is required when {field} becomes {value}',
    ru: 'Заполните «{name}»: без этого «{field}» не может стать «{value}»',
  },
  rule_violated: { en: '{reason}', ru: '{reason}' },
  target_not_found: {
    en: '{name} names a record that does not exist',
    ru: '«{name}» указывает на запись, которой нет или которая вам не видна',
  },
  links_are_records: {
    en: '{name} holds what records of {entity} link to: create or delete a record of {entity} (/{set}) instead',
    ru: 'В «{name}» — то, с чем связывают записи «{entity}»: создайте или удалите запись «{entity}» (/{set})',
  },
  duplicate_key: {
    en: 'Another record has the same {name}',
    ru: 'Такое значение уже есть у другой записи: «{name}»',
  },
  duplicate_found: {
    en: 'There are records that are taken for the same',
    ru: 'Есть записи, которые считаются той же самой',
    hint: 'Возьмите одну из них или отправьте запрос с Kartoteka-Duplicates: allow',
  },
  duplicate_candidate: {
    en: 'The rule {rule} finds one',
    ru: 'Одну нашло правило «{rule}»',
  },
  still_referenced: {
    en: 'Records of {entity} refer to this record',
    ru: 'На эту запись ссылаются записи «{entity}»',
  },
  action_not_applicable: {
    en: 'The action {action} does not apply to records of {entity}: {reason}',
    ru: 'Действие «{action}» не применимо к записям «{entity}»: {reason}',
  },
  not_deleted: { en: 'This record is not in the recycle bin', ru: 'Этой записи нет в корзине' },
  target_deleted: {
    en: '{name} names a record that is deleted',
    ru: '«{name}» указывает на удалённую запись',
    hint: 'Сначала верните ту запись',
  },
  conflict: { en: '{reason}', ru: '{reason}' },
  // metadata
  invalid_documents: { en: 'The documents are not valid', ru: 'Документы составлены неверно' },
  revision_conflict: {
    en: 'The metadata is at revision {actual}, not {expected}',
    ru: 'У модели уже версия {actual}, а не {expected}',
  },
  plan_moved: {
    en: 'The plan is another by now than the one that was seen',
    ru: 'План уже не тот, который вы видели',
    hint: 'Посмотрите новый план и публикуйте с его отпечатком',
  },
  package_conflict: {
    en: 'The package {name} does not go with what is installed',
    ru: 'Пакет {name} несовместим с установленным',
  },
  capacity_exceeded: {
    en: 'There is no room for the change: {what}',
    ru: 'Для изменения нет места: {what}',
    hint: 'Уберите индексы или поля; удалённые столбцы тоже считаются',
  },
  change_set_exists: { en: 'There is a change set {name} already', ru: 'Набор изменений {name} уже есть' },
  change_set_moved: {
    en: 'The change set {name} was changed, published or removed meanwhile',
    ru: 'Набор изменений {name} тем временем изменили, опубликовали или удалили',
    hint: 'Откройте его заново и посмотрите план',
  },
  documents_moved: {
    en: 'Others have published changes of the same documents since revision {base}',
    ru: 'После версии {base} другие опубликовали изменения тех же документов',
    hint: 'Посмотрите различия; перенесите набор изменений на новую версию или внесите изменение заново',
  },
  document_conflict: {
    en: '{document}#{pointer} was changed by others as well, in another way',
    ru: '{document}#{pointer} изменили и другие, иначе',
  },
  document_difference: { en: '{document}#{pointer} was changed', ru: '{document}#{pointer} изменено' },
  destructive_change: {
    en: 'The change would lose data: {what}',
    ru: 'При изменении пропадут данные: {what}',
    hint: 'Подтвердите это явно',
  },
  // service
  overloaded: { en: 'The service is busy; try again', ru: 'Сервис занят; попробуйте ещё раз' },
  unavailable: {
    en: 'The database cannot be reached, or was lost on the way; try again',
    ru: 'База данных недоступна или связь с ней прервалась; попробуйте ещё раз',
    hint: 'Сохранилось ли что-нибудь, не известно: проверьте',
  },
  not_ready: { en: 'The service is not ready', ru: 'Сервис ещё не готов' },
  internal: {
    en: 'An internal error occurred; quote the request id',
    ru: 'Внутренняя ошибка; сообщите номер запроса администратору',
  },
};

/** What stands in braces, where it is words: `en` as the service writes it. What is not here stays as it is. */
export const REASONS: readonly (readonly [en: string, ru: string])[] = [
  ['must be a calendar date YYYY-MM-DD between 0001-01-01 and 9999-12-31', 'нужна дата ГГГГ-ММ-ДД'],
  ['must be a timestamp with offset such as 2026-11-22T10:00:00Z, with microseconds at most', 'нужны дата и время'],
  ['must be a UUID', 'нужен идентификатор записи'],
  ['must be a string', 'нужен текст'],
  ['must be true or false', 'нужно «да» или «нет»'],
  ['must be an array', 'нужен список'],
  ['must be a whole number', 'нужно целое число'],
  ['must be a number, or a string of digits', 'нужно число'],
  ['must be a number', 'нужно число'],
  ['must be one of {values}', 'допустимо только: {values}'],
  ['must have at most {limit} characters', 'не больше {limit} символов'],
  ['must have at least {limit} characters', 'не меньше {limit} символов'],
  ['must not be empty', 'не может быть пустым'],
  ['does not have the form the field asks for', 'не того вида, который нужен полю'],
  ['must have at least {limit} values', 'выберите не меньше {limit}'],
  ['must not have a value twice', 'значения не должны повторяться'],
  ['must have at most {limit} decimal places', 'не больше {limit} знаков после запятой'],
  ['must have at most {limit} digits before the decimal point', 'не больше {limit} цифр до запятой'],
  ['must be at least {limit}', 'не меньше {limit}'],
  ['must be at most {limit}', 'не больше {limit}'],
  ['must not contain NUL', 'содержит символы, которые нельзя сохранить'],
  ['must not contain lone surrogates', 'содержит символы, которые нельзя сохранить'],
  ['must not be before {limit}', 'не раньше {limit}'],
  ['must not be after {limit}', 'не позже {limit}'],
  ['must be null where {id} is null', 'без «{id}» должно быть пустым'],
  ['There is no property {name} on {entity}', 'поля «{name}» у «{entity}» нет'],
  ['the value is not allowed', 'такое значение не допускается'],
  ['a value is out of range', 'значение вне допустимых пределов'],
  ['cannot be written', 'изменить нельзя'],
  ['is required', 'нужно заполнить'],
  ['the reference is given twice', 'связь указана дважды'],
  ['the user is not active', 'пользователь отключён'],
  ['there is no role {role}', 'роли {role} нет'],
  ['they belong to the organization, and nobody owns one', 'они принадлежат организации, владельца у них нет'],
  ['A business unit cannot stand below itself', 'Подразделение не может подчиняться самому себе'],
  [
    'Other writes on the same records got in the way; try again',
    'Помешали другие изменения тех же записей; попробуйте ещё раз',
  ],
  ['{rights} on this {entity}', '{rights} на эту запись («{entity}»)'],
  ['the capability {name}', 'полномочие {name}'],
  ['it is yourself', 'это вы сами'],
  ['only a user can', 'это может только пользователь'],
];

/** Privileges, where a message names them. */
export const PRIVILEGE_WORDS: Readonly<Record<string, string>> = {
  create: 'создание',
  read: 'чтение',
  write: 'изменение',
  delete: 'удаление',
  append: 'привязка к другим',
  append_to: 'привязка других',
  assign: 'назначение',
  share: 'предоставление доступа',
};
