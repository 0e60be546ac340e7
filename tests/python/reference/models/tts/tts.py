from dify_plugin.interfaces.model.openai_compatible.tts import OAICompatText2SpeechModel


class TextToSpeech(OAICompatText2SpeechModel):
    pass
