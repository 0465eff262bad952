import type { EntryExtras } from '@tributary/backplane';
import type { MessageProperties, PublishProperties } from '@tributary/protocol';

const retained: EntryExtras = { retain: true };

/** The fields few messages have; undefined for a message with none of them, which is most. */
export function messageExtras(
  retain: boolean,
  properties: PublishProperties | undefined,
): EntryExtras | undefined {
  if (properties === undefined) return retain ? retained : undefined;
  const { payloadFormat, messageExpiry, contentType, responseTopic, correlationData, user } = properties;
  const props: MessageProperties = {
    ...(payloadFormat === undefined ? {} : { payloadFormat }),
    ...(messageExpiry === undefined ? {} : { messageExpiry }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData: correlationData.toString('base64') }),
    ...(user === undefined ? {} : { user }),
  };
  const json = JSON.stringify(props);
  return {
    ...(retain ? retained : {}),
    ...(contentType === undefined ? {} : { contentType }),
    ...(json === '{}' ? {} : { props: json }),
  };
}
