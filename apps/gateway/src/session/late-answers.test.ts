import { beforeEach, expect, test } from 'vitest';
import { LateAnswers } from './late-answers.ts';

let answers: LateAnswers;
let said: string[];

beforeEach(() => {
  answers = new LateAnswers();
  said = [];
});

const add = (qos: 1 | 2, packetId: number, behind: number): void =>
  answers.add(qos, packetId, behind, () => said.push(`QoS ${qos} ${packetId}`));

test('an answer with nothing before it is said at once', () => {
  add(1, 7, 0);
  expect(said).toEqual(['QoS 1 7']);
});

test('an answer is said behind those that came before it [MQTT-4.6.0-2] [MQTT-4.6.0-3]', () => {
  add(1, 7, 2);
  answers.said(1);
  expect(said).toEqual([]);
  answers.said(1);
  expect(said).toEqual(['QoS 1 7']);
  answers.said(1);
  expect(said).toHaveLength(1);
});

test('the QoS levels have turns of their own', () => {
  add(1, 7, 1);
  add(2, 8, 1);
  answers.said(2);
  expect(said).toEqual(['QoS 2 8']);
  answers.said(1);
  expect(said).toEqual(['QoS 2 8', 'QoS 1 7']);
});

test('answers that are due together are said in the order they came', () => {
  for (const packetId of [3, 1, 2]) add(2, packetId, 1);
  answers.said(2);
  expect(said).toEqual(['QoS 2 3', 'QoS 2 1', 'QoS 2 2']);
});

test('a packet id that waits is answered once, however often it comes', () => {
  add(2, 7, 1);
  add(2, 7, 1);
  add(1, 7, 1);
  answers.said(2);
  answers.said(1);
  expect(said).toEqual(['QoS 2 7', 'QoS 1 7']);
});

test('an answer may bring others to be said', () => {
  answers.add(1, 1, 1, () => {
    said.push('first');
    add(1, 2, 0);
  });
  answers.said(1);
  expect(said).toEqual(['first', 'QoS 1 2']);
});
