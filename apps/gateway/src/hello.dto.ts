import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, Length, Max, Min } from 'class-validator';

/** The path of a greeting. */
export class HelloParams {
  @ApiProperty({ minLength: 1, maxLength: 64, example: 'world' })
  @Length(1, 64)
  name!: string;
}

/** Options of the gateway's call. */
export class HelloQuery {
  @ApiPropertyOptional({ description: 'Wait for an instance instead of failing at once.' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    value === 'true' ? true : value === 'false' ? false : value,
  )
  @IsBoolean()
  waitForReady?: boolean;

  @ApiPropertyOptional({ minimum: 1, maximum: 60_000, description: 'Milliseconds.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(60_000)
  timeoutMs?: number;
}

/** A greeting, and which instance sent it. */
export class HelloResponse {
  @ApiProperty({ example: 'Hello world' })
  message!: string;

  @ApiProperty({ example: 'greeter-1' })
  instanceId!: string;
}
