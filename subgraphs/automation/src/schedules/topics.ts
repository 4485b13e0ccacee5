export const scheduleTopic = (id: string): string => `schedule.${id}`;
export const SCHEDULES_TOPIC = 'schedules';
export const calendarTopic = (id: string): string => `calendar.${id}`;
export const CALENDARS_TOPIC = 'calendars';
